//! Days and minutes in the words of a language. They are UTC's: nobody's time zone is known for sure.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use idp_domain::Timestamp;

use crate::locale::Texts;

/// "November 21, 2026".
pub(crate) fn day(texts: &Texts, at: Timestamp) -> String {
    let day = DateTime::<Utc>::from(at);
    let texts = texts.clone().with("month", day.month()).with("day", day.day());
    texts.with("year", day.year().to_string()).t("chrome-day")
}

/// "November 21, 2026 at 2:05 PM UTC".
pub(crate) fn moment(texts: &Texts, at: Timestamp) -> String {
    let time = DateTime::<Utc>::from(at);
    let (is_afternoon, hour) = time.hour12();
    let half = if is_afternoon { "pm" } else { "am" };
    let texts = texts.clone().with("date", day(texts, at)).with("half", half);
    texts.with("hour", hour).with("minute", format!("{:02}", time.minute())).t("chrome-moment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn an_instant_is_told_as_people_say_it() {
        let texts = Texts::new(Locale::default());
        let midnight = Timestamp::from_seconds(1_795_219_200);
        assert_eq!(day(&texts, midnight), "November 21, 2026");
        for (seconds, words) in
            [(0, "12:00 AM"), (11 * 3600 + 59 * 60, "11:59 AM"), (13 * 3600 + 5 * 60, "1:05 PM")]
        {
            let at = Timestamp::from_seconds(1_795_219_200 + seconds);
            assert_eq!(moment(&texts, at), format!("November 21, 2026 at {words} UTC"));
        }
    }
}
