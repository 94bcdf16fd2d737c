//! The JSON report against its published schema.

use serde_json::Value;

/// Checks a document against `assets/report.schema.json`, as far as that schema goes.
#[track_caller]
pub fn conforms(document: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../assets/report.schema.json")).unwrap();
    let mut faults = Vec::new();
    check(&schema, &schema, document, "$", &mut faults);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The part of JSON Schema 2020-12 that the schema uses; an unknown keyword is a fault too.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$ref" => {
                let target = rule.as_str().unwrap().strip_prefix('#').unwrap();
                check(root, root.pointer(target).unwrap(), value, at, faults);
            }
            "type" if !is_of_type(rule, value) => faults.push(format!("{at}: {value} is not {rule}")),
            "const" if rule != value => faults.push(format!("{at}: {value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => faults.push(format!("{at}: {value}")),
            "minimum" if value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()) => {
                faults.push(format!("{at}: {value} < {rule}"));
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}[{index}]"), faults);
                }
            }
            "properties" => check_properties(root, schema, value, at, faults),
            "additionalProperties" if rule.is_object() => {
                for (key, item) in value.as_object().unwrap() {
                    check(root, rule, item, &format!("{at}.{key}"), faults);
                }
            }
            "$schema"
            | "$defs"
            | "title"
            | "description"
            | "required"
            | "type"
            | "const"
            | "enum"
            | "minimum"
            | "additionalProperties" => {}
            unknown => faults.push(format!("the schema says {unknown}, which this test doesn't know")),
        }
    }
}

/// Every property is declared, and every declared one is there.
fn check_properties(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    let declared = schema["properties"].as_object().unwrap();
    let required = schema["required"].as_array().unwrap();
    assert_eq!(required.len(), declared.len(), "{at}: nothing is optional; what is absent is null");
    for (key, rule) in declared {
        match object.get(key) {
            Some(item) => check(root, rule, item, &format!("{at}.{key}"), faults),
            None => faults.push(format!("{at}.{key} is missing")),
        }
    }
    faults.extend(
        object.keys().filter(|key| !declared.contains_key(*key)).map(|key| format!("{at}.{key} is unknown")),
    );
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    let fits = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    };
    rule.as_array().map_or_else(|| fits(rule), |names| names.iter().any(fits))
}
