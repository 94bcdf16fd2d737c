//! What a client is called, from what it calls itself.
//!
//! ```text
//!  curl/7.88.1                                                    curl 7.88
//!  Mozilla/5.0 (…) AppleWebKit/537.36 (…) Chrome/156.0.0.0 Safari/537.36   Chrome 156
//! ```
//!
//! A User-Agent is a list of products and comments, the most significant first (RFC 9110 §10.1.5). Browsers
//! do not keep to that: all of them begin with what old servers wanted to read, and name themselves behind.

/// What browsers say so as to be taken for others, and what is no name of a client.
const DISGUISE: [&str; 6] = ["Mozilla", "AppleWebKit", "Gecko", "Version", "Mobile", "Safari"];

/// Products that go by another name.
const KNOWN_AS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("EdgA", "Edge"),
    ("EdgiOS", "Edge"),
    ("OPR", "Opera"),
    ("CriOS", "Chrome"),
    ("FxiOS", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("SamsungBrowser", "Samsung Internet"),
];

/// The longest name, in characters.
const LONGEST: usize = 20;

/// The longest number of a version, in digits.
const LONGEST_NUMBER: usize = 6;

/// A client's name from its User-Agent: the product that tells most, and its version to the minor number, if
/// that is not zero. `None` if no product is named.
pub(super) fn name(user_agent: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(user_agent).ok()?;
    let products = products(text);
    let find = |name: &str| products.iter().find(|(product, _)| *product == name).copied();
    let first = products.first().copied()?;
    let (product, version) = if first.0 == "Mozilla" {
        let own = products.iter().rev().find(|(name, _)| *name != "Chrome" && !DISGUISE.contains(name));
        let safari = || Some(("Safari", find("Version")?.1));
        own.copied().or_else(|| find("Chrome")).or_else(safari).unwrap_or(first)
    } else {
        first
    };
    let known_as = KNOWN_AS.into_iter().find(|(own, _)| *own == product).map_or(product, |(_, name)| name);
    let name: String = known_as.chars().take(LONGEST).collect();
    let version = short(version);
    Some(if version.is_empty() { name } else { format!("{name} {version}") })
}

/// The products in order, each with its version or with nothing. Comments stand in parentheses, which nest.
fn products(text: &str) -> Vec<(&str, &str)> {
    let mut depth = 0_usize;
    let outside = text.split(|letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth > 0 || letter == ' ' || letter == '\t',
        }
        true
    });
    let products = outside.map(|word| word.split_once('/').unwrap_or((word, "")));
    products.filter(|(name, _)| !name.is_empty() && name.bytes().all(is_token)).collect()
}

/// The letters of a token (RFC 9110 §5.6.2).
const fn is_token(letter: u8) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(
            letter,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// The version's first number, and the second if it is not zero.
fn short(version: &str) -> String {
    let mut numbers = version.split('.').map(|number| {
        let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
        &number[..end.min(LONGEST_NUMBER)]
    });
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if minor.trim_start_matches('0').is_empty() { major.to_owned() } else { format!("{major}.{minor}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_called_what_its_user_calls_it() {
        let webkit = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
        let iphone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (user_agent, name) in [
            ("curl/7.88.1", "curl 7.88"),
            ("curl/8.0.1", "curl 8"),
            ("Wget/1.21.3", "Wget 1.21"),
            ("python-requests/2.32.3", "python-requests 2.32"),
            ("Python/3.12 aiohttp/3.9.1", "Python 3.12"),
            ("Go-http-client/1.1", "Go-http-client 1.1"),
            ("node", "node"),
            ("wirelab/0.1.0 (+a lecture)", "wirelab 0.1"),
            (&format!("{webkit} Chrome/156.0.0.0 Safari/537.36"), "Chrome 156"),
            (&format!("{webkit} HeadlessChrome/156.0.0.0 Safari/537.36"), "Chrome 156"),
            (&format!("{webkit} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86"), "Edge 131"),
            (&format!("{webkit} Chrome/131.0.0.0 Safari/537.36 OPR/116.0.0.0"), "Opera 116"),
            (
                &format!("{webkit} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36"),
                "Samsung Internet 27",
            ),
            (&format!("{iphone} Version/18.1 Mobile/15E148 Safari/604.1"), "Safari 18.1"),
            (&format!("{iphone} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1"), "Chrome 131"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140"),
            ("Mozilla/4.0 (compatible; MSIE 6.0)", "Mozilla 4"),
            ("a-name-that-is-much-too-long-for-a-lane/1234567890.5", "a-name-that-is-much- 123456.5"),
        ] {
            assert_eq!(super::name(user_agent.as_bytes()).as_deref(), Some(name), "{user_agent}");
        }
        for nobody in ["", "(a comment)", "\u{1b}[31mred", "/1.0", "()))((", "\u{fc}"] {
            assert_eq!(name(nobody.as_bytes()), None, "{nobody:?}");
        }
        assert_eq!(name(b"\xff/1"), None);
    }
}
