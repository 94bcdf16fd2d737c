//! Figures as median and spread, and verdicts that admit when the machine was too noisy to tell.

/// A sample of one quantity.
pub struct Sample(Vec<f64>);

impl Sample {
    pub fn new(mut values: Vec<f64>) -> Self {
        assert!(!values.is_empty(), "a sample needs a value");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value that a share of `quantile` of the sample does not exceed.
    pub fn quantile(&self, quantile: f64) -> f64 {
        let below = |index: &usize| (*index as f64) < quantile * (self.0.len() - 1) as f64;
        let index = (0..self.0.len() - 1).take_while(below).count();
        self.0[index]
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// `median (10 % … 90 %)`, with a unit.
    pub fn line(&self, unit: &str) -> String {
        format!("{:.3} {unit}  ({:.3} … {:.3})", self.median(), self.quantile(0.1), self.quantile(0.9))
    }
}

/// Prints a figure beside its limit.
pub fn figure(name: &str, value: f64, unit: &str, limit: f64) {
    let verdict = if value <= limit { "ok" } else { "TOO HIGH" };
    println!("  {name:<58} {value:>10.3} {unit:<6} limit {limit:<8} {verdict}");
}

/// Prints a ratio beside its limit. `control` is the ratio of two runs of the same thing: where
/// the middle half of it spreads wider than the margin that the limit leaves, nothing can be said.
pub fn ratio(name: &str, ratio: &Sample, control: &Sample, limit: f64) {
    let spread = (control.quantile(0.75) - 1.0).abs().max((control.quantile(0.25) - 1.0).abs());
    let verdict = if spread > limit - 1.0 {
        "inconclusive: the control spreads wider than the margin"
    } else if ratio.median() <= limit {
        "ok"
    } else {
        "TOO HIGH"
    };
    println!("  {name:<58} {}", ratio.line("×"));
    println!("  {:<58} {}  limit {limit}×  {verdict}", "  control, A/A", control.line("×"));
}
