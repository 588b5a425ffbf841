//! The language of what people read.

/// English or French.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    En,
    Fr,
}

impl Lang {
    /// From `en` or `fr`.
    pub fn parse(word: &str) -> Option<Lang> {
        match word {
            "en" => Some(Lang::En),
            "fr" => Some(Lang::Fr),
            _ => None,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Fr => "fr",
        }
    }

    /// The one of two that is meant.
    pub fn of<'t>(self, en: &'t str, fr: &'t str) -> &'t str {
        match self {
            Lang::En => en,
            Lang::Fr => fr,
        }
    }

    /// `3 days`, `3 jours`; French counts zero as one.
    pub fn count(self, n: u64, en: (&str, &str), fr: (&str, &str)) -> String {
        let one = match self {
            Lang::En => n == 1,
            Lang::Fr => n < 2,
        };
        let (a, b) = if self == Lang::En { en } else { fr };
        format!("{} {}", self.thousands(n), if one { a } else { b })
    }

    /// `1,516`, `1 516` (with a narrow blank that does not break).
    pub fn thousands(self, n: u64) -> String {
        let s = crate::output::summary::thousands(n);
        if self == Lang::Fr { s.replace(',', "\u{202f}") } else { s }
    }

    /// A verdict as people say it.
    pub fn verdict(self, word: &str) -> &str {
        match (self, word) {
            (Lang::Fr, "compromised") => "compromis",
            (Lang::Fr, "suspected") => "suspect",
            (Lang::Fr, "exposed") => "exposé",
            (Lang::Fr, "watch") => "à surveiller",
            (_, w) => w,
        }
    }

    /// A severity as people say it.
    pub fn severity(self, word: &str) -> &str {
        match (self, word) {
            (Lang::Fr, "critical") => "critique",
            (Lang::Fr, "high") => "élevée",
            (Lang::Fr, "medium") => "moyenne",
            (Lang::Fr, "low") => "faible",
            (_, w) => w,
        }
    }
}
