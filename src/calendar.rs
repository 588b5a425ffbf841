//! Days and dates of the proleptic Gregorian calendar, for what reads or writes a time an event and cannot afford a
//! general library (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013).

/// Days since 1970-01-01 of a year, month (1 to 12) and day (1 to 31).
#[inline]
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the day that some have more is their last.
    let y = year - i64::from(month <= 2);
    let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * mp + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Year, month (1 to 12) and day (1 to 31) of a number of days since 1970-01-01.
#[inline]
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    #[test]
    fn days_and_dates_are_those_of_the_library() {
        let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let leaps = [-1, 0, 58, 59, 60, 11_015, 11_016, 11_017, 11_322, 47_540, 47_541];
        for days in (-719_600..=2_933_000).step_by(13).chain(leaps) {
            let d = epoch + chrono::Duration::days(days);
            let (year, month, day) = (i64::from(d.year()), i64::from(d.month()), i64::from(d.day()));
            assert_eq!(civil_from_days(days), (year, month, day));
            assert_eq!(days_from_civil(year, month, day), days, "{d}");
        }
    }
}
