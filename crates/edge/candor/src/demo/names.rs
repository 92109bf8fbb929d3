//! Names of people, companies, cities and streets, read from the text files under `demo/names/`.
//!
//! The files say themselves how they are written. They are embedded and were checked by tests,
//! so a line that cannot be read is a mistake of ours, not of a user's.

use std::collections::BTreeMap;

use super::random::Random;

const GIVEN: &str = include_str!("../../demo/names/given.txt");
const FAMILY: &str = include_str!("../../demo/names/family.txt");
const COMPANIES: &str = include_str!("../../demo/names/companies.txt");
const COUNTRIES: &str = include_str!("../../demo/names/countries.txt");
const CITIES: &str = include_str!("../../demo/names/cities.txt");
const STREETS: &str = include_str!("../../demo/names/streets.txt");

/// Everything that the files hold.
pub(super) struct Names {
    given: Lists,
    family: Lists,
    companies: Lists,
    streets: Lists,
    pub(super) countries: Vec<Country>,
    pub(super) cities: Vec<City>,
}

/// Entries by culture and kind, as the head of their line has them: `de stem`.
type Lists = BTreeMap<&'static str, Vec<Entry>>;

/// A name, and what stands for it in addresses on the web.
#[derive(Debug, Clone, Copy)]
struct Entry {
    text: &'static str,
    latin: Option<&'static str>,
}

pub(super) struct Country {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) culture: &'static str,
    pub(super) languages: Vec<&'static str>,
    phones: Vec<&'static str>,
}

pub(super) struct City {
    /// An index into [`Names::countries`].
    pub(super) country: usize,
    pub(super) name: &'static str,
    pub(super) state: &'static str,
    postal_code: &'static str,
    /// Millionths of a degree.
    pub(super) latitude: i32,
    pub(super) longitude: i32,
    pub(super) utc_offset_minutes: i32,
    pub(super) is_port: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    Female,
    Male,
}

pub(super) struct PersonName {
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) sex: Sex,
    /// `given.family` in ASCII.
    pub(super) mailbox: String,
}

pub(super) struct CompanyName {
    pub(super) name: String,
    /// The invented place that the company is named after.
    pub(super) stem: &'static str,
    /// The name of its host, in ASCII.
    pub(super) host: String,
}

pub(super) struct Address {
    pub(super) street: String,
    pub(super) postal_code: String,
}

impl Names {
    pub(super) fn read() -> Self {
        let countries: Vec<Country> = lines(COUNTRIES).map(country).collect();
        let cities = lines(CITIES).map(|line| city(line, &countries)).collect();
        Self {
            given: lists(GIVEN),
            family: lists(FAMILY),
            companies: lists(COMPANIES),
            streets: lists(STREETS),
            countries,
            cities,
        }
    }

    pub(super) fn country_of(&self, city: &City) -> &Country {
        &self.countries[city.country]
    }

    pub(super) fn person(&self, culture: &str, random: &mut Random) -> PersonName {
        let sex = random.pick(&[Sex::Female, Sex::Male]);
        let kind = if sex == Sex::Female { "f" } else { "m" };
        let given = random.pick(find(&self.given, culture, kind));
        let depends = self.family.contains_key(head(culture, kind).as_str());
        let family = random.pick(find(&self.family, culture, if depends { kind } else { "*" }));
        let mailbox = format!("{}.{}", given.latin(), family.latin());
        PersonName { given: given.text, family: family.text, sex, mailbox }
    }

    /// Whether companies of this culture have names for this sector.
    pub(super) fn has_sector(&self, culture: &str, sector: &str) -> bool {
        self.companies.contains_key(head(culture, sector).as_str())
    }

    pub(super) fn company(&self, culture: &str, sector: &str, random: &mut Random) -> CompanyName {
        let stem = random.pick(find(&self.companies, culture, "stem"));
        let pattern = random.pick(find(&self.companies, culture, sector));
        let name = pattern.text.replace("{}", stem.text);
        let host = format!("{}-{}", stem.latin(), pattern.latin());
        CompanyName { name, stem: stem.text, host }
    }

    pub(super) fn address(&self, city: &City, random: &mut Random) -> Address {
        let streets = find(&self.streets, self.country_of(city).culture, "street");
        let number = random.between(1, 140).to_string();
        Address {
            street: random.pick(streets).text.replace('#', &number),
            postal_code: random.fill(city.postal_code),
        }
    }
}

impl Country {
    pub(super) fn phone(&self, random: &mut Random) -> String {
        let pattern = random.pick(&self.phones);
        random.fill(pattern)
    }

    /// The language of most, or another that is common.
    pub(super) fn language(&self, random: &mut Random) -> &'static str {
        if random.chance(80) { self.languages[0] } else { random.pick(&self.languages) }
    }
}

impl Entry {
    fn latin(self) -> String {
        self.latin.map_or_else(|| ascii(self.text), str::to_owned)
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'))
}

/// Reads lines of the form `culture kind: entry, entry=latin`.
fn lists(text: &'static str) -> Lists {
    let read = |line: &'static str| {
        let (head, entries) = line.split_once(": ").expect("invariant: a line has a colon");
        (head, entries.split(", ").map(entry).collect())
    };
    lines(text).map(read).collect()
}

fn entry(text: &'static str) -> Entry {
    match text.split_once('=') {
        Some((text, latin)) => Entry { text, latin: Some(latin) },
        None => Entry { text, latin: None },
    }
}

fn find<'a>(lists: &'a Lists, culture: &str, kind: &str) -> &'a [Entry] {
    let found = lists.get(head(culture, kind).as_str());
    found.expect("invariant: every culture has every list")
}

fn head(culture: &str, kind: &str) -> String {
    format!("{culture} {kind}")
}

fn fields<const N: usize>(line: &'static str) -> [&'static str; N] {
    let mut fields = line.split(';').map(str::trim);
    std::array::from_fn(|_| fields.next().expect("invariant: a line has all fields"))
}

fn country(line: &'static str) -> Country {
    let [code, name, region, culture, languages, phones] = fields(line);
    let list = |text: &'static str| text.split(", ").collect();
    Country { code, name, region, culture, languages: list(languages), phones: list(phones) }
}

fn city(line: &'static str, countries: &[Country]) -> City {
    let [code, name, state, postal_code, latitude, longitude, offset, ships] = fields(line);
    let country = countries.iter().position(|it| it.code == code);
    City {
        country: country.expect("invariant: a city lies in a known country"),
        name,
        state,
        postal_code,
        latitude: micro(latitude),
        longitude: micro(longitude),
        utc_offset_minutes: offset.parse().expect("invariant: an offset is a number"),
        is_port: ships == "port",
    }
}

/// `-3.05` in millionths.
fn micro(text: &str) -> i32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    format!("{whole}{digits}").parse().expect("invariant: a coordinate is a number")
}

/// The letters and digits of `text`, lower case, without accents.
fn ascii(text: &str) -> String {
    let plain = |char: char| match char {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'ť' => "t",
        'ù'..='ü' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    };
    let mut out = String::with_capacity(text.len());
    for char in text.to_lowercase().chars() {
        if char.is_ascii_alphanumeric() {
            out.push(char);
        } else {
            out.push_str(plain(char));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_web_address() {
        let names = Names::read();
        let host = |text: &str| {
            let ok = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'.';
            2 <= text.len() && text.bytes().all(ok)
        };
        for lists in [&names.given, &names.family, &names.companies] {
            for (head, entries) in lists {
                for entry in entries {
                    let latin = entry.latin();
                    assert!(host(&latin), "{head}: {} -> {latin}", entry.text);
                    let is_name = entry.text.trim() == entry.text && !entry.text.is_empty();
                    assert!(is_name, "{head}: `{}`", entry.text);
                }
            }
        }
        assert_eq!(ascii("Łódź Große Çınar"), "lodzgrossecinar");
        assert_eq!(
            (micro("-3.05"), micro("13"), micro("-0.09")),
            (-3_050_000, 13_000_000, -90_000)
        );
    }

    #[test]
    fn every_country_has_people_companies_and_streets() {
        let names = Names::read();
        let mut random = Random::of(1, "names");
        for country in &names.countries {
            for _ in 0..20 {
                let person = names.person(country.culture, &mut random);
                assert!(person.mailbox.is_ascii());
                assert!(!country.phone(&mut random).contains('#'));
            }
            for sector in ["utility", "harbor", "farm", "plant", "institute"] {
                let company = names.company(country.culture, sector, &mut random);
                assert!(company.name.contains(company.stem) && company.host.is_ascii());
            }
        }
        for city in &names.cities {
            assert!(!names.address(city, &mut random).street.contains('#'), "{}", city.name);
            assert!(city.latitude.abs() < 90_000_000 && city.longitude.abs() < 180_000_000);
            assert!(city.utc_offset_minutes.abs() <= 12 * 60, "{}", city.name);
        }
    }

    /// Numbers that would ring somewhere have no place in a sample.
    #[test]
    fn telephone_numbers_are_kept_for_fiction() {
        let reserved = [
            "+999 ",
            "+1 ### 555 01##",
            "+44 1632 960 ###",
            "+44 20 7946 0###",
            "+44 29 2018 0###",
            "+353 20 91# ####",
            "+49 30 23125 ###",
            "+49 40 66969 ###",
            "+49 221 4710 ###",
            "+33 1 99 00 ## ##",
            "+33 2 61 91 ## ##",
            "+33 4 65 71 ## ##",
            "+46 8 465 004 ##",
            "+46 40 628 04 ##",
            "+46 31 390 06 ##",
            "+61 2 5550 ####",
            "+61 8 7010 ####",
        ];
        for country in Names::read().countries {
            for phone in country.phones {
                let known = |it: &&&str| {
                    phone.starts_with("+999 ")
                        || (it.len() == phone.len()
                            && it.bytes().zip(phone.bytes()).all(|(a, b)| a == b'#' || a == b))
                };
                assert!(reserved.iter().any(|it| known(&it)), "{phone}");
            }
        }
    }
}
