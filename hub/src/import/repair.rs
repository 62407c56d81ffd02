//! Values as people type them → as they are meant, where that is certain. What is not certain comes
//! back as it was.

use chrono::NaiveDate;

use super::text::{half_width, is_han, is_space, trim, without_spaces};

/// A resident ID or certificate number: half-width, without spaces and the apostrophe that tells a
/// spreadsheet of text, with a capital X.
pub fn number(text: &str) -> String {
    let text = without_spaces(&half_width(text));
    text.trim_start_matches(['\'', '‘', '’', '`', '´']).replace('x', "X")
}

/// A name: a Chinese one without inner spaces, another with single ones.
pub fn name(text: &str) -> String {
    let chinese = |letter: char| is_han(letter) || is_space(letter) || "·•・.．".contains(letter);
    if text.chars().all(chinese) {
        return without_spaces(text);
    }
    text.split(is_space).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A phone: a mobile number as its 11 digits, any other half-width and without spaces.
pub fn phone(text: &str) -> String {
    let text = without_spaces(&half_width(text));
    let text = text.trim_start_matches(['\'', '‘', '’', '`']);
    let digits: String = text
        .chars()
        .filter(|letter| {
            !matches!(letter, '-' | '—' | '–' | '−' | '‐' | '‑' | '.' | '(' | ')' | '+')
        })
        .collect();
    let mobile =
        digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86")).unwrap_or(&digits);
    let is_mobile = mobile.len() == 11
        && mobile.starts_with('1')
        && mobile.bytes().all(|byte| byte.is_ascii_digit());
    if is_mobile { mobile.to_owned() } else { text.to_owned() }
}

/// A day written in any of the usual ways, its year first and in full. A time of day after it is left
/// out.
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = half_width(text);
    let text = without_spaces(without_time(trim(&text)));
    let text = text.trim_start_matches('\'');
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.len() {
            8 => of_parts(&text[..4], &text[4..6], &text[6..]),
            5 => serial(text.parse().ok()?),
            _ => None,
        };
    }
    let text = of_numerals(text);
    let text = text.trim_end_matches(['日', '号']);
    let mut parts = text.split(['.', '-', '/', '\\', '年', '月', '。', '—', '–', '、', ',']);
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    of_parts(year, month, date)
}

/// 二〇二四年三月十五日 → 2024年3月15日; any other text as it is.
fn of_numerals(text: &str) -> String {
    let digit = |letter| "〇一二三四五六七八九".chars().position(|numeral| numeral == letter);
    let Some((year, rest)) = text.split_once('年').filter(|(year, _)| !year.is_ascii()) else {
        return text.to_owned();
    };
    let year = year.replace(['零', '○'], "〇");
    let year: Option<String> =
        year.chars().map(|letter| digit(letter).map(|digit| digit.to_string())).collect();
    let number = |text: &str| {
        let (tens, ones) = text.split_once('十').unwrap_or(("〇", text));
        let tens = if tens.is_empty() { "一" } else { tens };
        let ones = if ones.is_empty() { "〇" } else { ones };
        let value = |text: &str| {
            let mut letters = text.chars();
            letters.next().and_then(digit).filter(|_| letters.next().is_none())
        };
        Some((value(tens)? * 10 + value(ones)?).to_string())
    };
    let parts = rest.trim_end_matches(['日', '号']).split_once('月');
    let parts = parts.and_then(|(month, day)| Some((number(month)?, number(day)?)));
    match (year, parts) {
        (Some(year), Some((month, day))) => format!("{year}年{month}月{day}日"),
        _ => text.to_owned(),
    }
}

fn without_time(text: &str) -> &str {
    match text.split_once([' ', 'T']) {
        Some((day, time)) if time.contains(':') => day,
        _ => text,
    }
}

fn of_parts(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = year.len() == 4 && month.len() <= 2 && day.len() <= 2;
    if !(shaped && digits(year) && digits(month) && digits(day)) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// The day of a spreadsheet's serial number, counted from 1899-12-30. Only those of five digits, 1927
/// to 2173, are certain: one of four may be a year.
pub fn serial(number: f64) -> Option<NaiveDate> {
    if !(10_000.0..100_000.0).contains(&number) {
        return None;
    }
    NaiveDate::from_ymd_opt(1899, 12, 30)?
        .checked_add_days(chrono::Days::new(number.trunc() as u64))
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;
    use proptest::prelude::*;

    use super::*;

    fn iso(text: &str) -> Option<String> {
        day(text).map(|day| day.to_string())
    }

    #[test]
    fn a_day_is_read_in_the_ways_people_write_one() {
        for text in [
            "2026.9.3",
            "2026年9月3日",
            "2026 年 09 月 03 号",
            "20260903",
            "2026/9/3",
            "2026-09-03",
            "２０２６．９．３",
            "2026/9/3 0:00",
            "2026-09-03T08:30:00",
            "46268",
            "'2026-9-3",
            "二〇二六年九月三日",
            "二零二六年九月三号",
        ] {
            assert_eq!(iso(text).as_deref(), Some("2026-09-03"), "{text}");
        }
    }

    #[test]
    fn what_is_no_certain_day_stays() {
        for text in [
            "2026年13月5日",
            "2026-02-30",
            "20261301",
            "26.9.3",
            "2026.9",
            "9月3日",
            "2026",
            "昨天",
            "",
            "2026-9-3-1",
            "2026-+9-3",
            "2026年9月3日至5日",
            "二〇二六年九月三十二日",
            "二六年九月三日",
            "二〇二六年九月",
        ] {
            assert_eq!(iso(text), None, "{text}");
        }
        assert_eq!(serial(2026.0), None);
    }

    fn in_numerals(date: NaiveDate) -> String {
        let numerals: Vec<char> = "〇一二三四五六七八九".chars().collect();
        let year: String = date
            .year()
            .to_string()
            .bytes()
            .map(|digit| numerals[usize::from(digit - b'0')])
            .collect();
        let number = |number: u32| {
            let (tens, ones) = (number as usize / 10, number as usize % 10);
            let tens = match tens {
                0 => String::new(),
                1 => "十".to_owned(),
                _ => format!("{}十", numerals[tens]),
            };
            if ones == 0 { tens } else { format!("{tens}{}", numerals[ones]) }
        };
        format!("{year}年{}月{}日", number(date.month()), number(date.day()))
    }

    proptest! {
        #[test]
        fn every_day_is_read_back_from_every_way_of_writing_it(days in 0u64..150_000) {
            let start = NaiveDate::from_ymd_opt(1850, 1, 1).expect("a day");
            let date = start + chrono::Days::new(days);
            let (year, month, of_month) = (date.year(), date.month(), date.day());
            for text in [
                date.to_string(),
                date.format("%Y%m%d").to_string(),
                format!("{year}.{month}.{of_month}"),
                format!("{year}年{month}月{of_month}日"),
                format!("{year}/{month:02}/{of_month:02} 0:00"),
                in_numerals(date),
            ] {
                prop_assert_eq!(day(&text), Some(date), "{}", text);
            }
        }

        #[test]
        fn no_text_is_too_odd(text in ".*") {
            let _ = (day(&text), number(&text), phone(&text));
            prop_assert_eq!(name(&name(&text)), name(&text));
        }
    }

    #[test]
    fn a_number_is_brought_to_its_form() {
        assert_eq!(number("'４１０８０２ 19950604 016x"), "41080219950604016X");
        assert_eq!(number("4.1082320200606e+17"), "4.1082320200606e+17");
        assert_eq!(number("4.10883E+17"), "4.10883E+17");
    }

    #[test]
    fn a_chinese_name_loses_its_spaces_and_another_keeps_one() {
        assert_eq!(name("文　 磊"), "文磊");
        assert_eq!(name("阿依古丽 · 买买提"), "阿依古丽·买买提");
        assert_eq!(name("John  Smith"), "John Smith");
    }

    #[test]
    fn a_mobile_number_is_its_digits_and_a_landline_keeps_its_dash() {
        assert_eq!(phone("186-0525-8795"), "18605258795");
        assert_eq!(phone("+86 186 0525 8795"), "18605258795");
        assert_eq!(phone("（0391） 2345678"), "(0391)2345678");
        assert_eq!(phone("0391-2345678"), "0391-2345678");
        assert_eq!(phone("18605258795、13800000000"), "18605258795、13800000000");
    }
}
