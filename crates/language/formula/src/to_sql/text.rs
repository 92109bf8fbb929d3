//! Texts in SQL. A text that an expression makes is null where it is empty.

use sql::{CompareOp, Expr as E, Scalar};

use super::number::Num;
use super::tree::{add, and, at_most, call, case, coalesce, is_one, less, lit, or, sub, text_null};
use super::{Lowering, NotInSql, Part, Typed};

pub(super) const DIGITS: &str = "0123456789";

pub(super) fn text_of(value: Typed) -> E {
    match value {
        Typed::Text(it) => it,
        _ => text_null(),
    }
}

fn or_empty(it: E) -> E {
    if matches!(it, E::Value(sql::Value::Text(_))) { it } else { coalesce(it, E::text("")) }
}

/// Null where it is empty.
pub(super) fn filled(it: E) -> E {
    call(Scalar::NullIf, [it, E::text("")])
}

pub(super) fn joined(left: Typed, right: Typed) -> E {
    let (left, right) = (text_of(left), text_of(right));
    let is_literal = |it: &E| matches!(it, E::Value(sql::Value::Text(text)) if !text.is_empty());
    let never_empty = is_literal(&left) || is_literal(&right);
    let whole = E::Concat(vec![or_empty(left), or_empty(right)]);
    if never_empty { whole } else { filled(whole) }
}

pub(super) fn length(it: E) -> E {
    call(Scalar::Length, [it])
}

/// `count` characters from position `from`.
pub(super) fn slice(it: E, from: E, count: E) -> E {
    call(Scalar::Substr, [it, from, count])
}

/// The rest of a text from position `from`.
pub(super) fn tail(it: E, from: i64) -> E {
    slice(it, lit(from), lit(LENGTH_MAX))
}

/// More characters than any text has.
pub(super) const LENGTH_MAX: i64 = 1_000_000_000;

/// How long a text that an engine pads may become.
const PADDED_MAX: i64 = 1 << 20;

impl Lowering<'_> {
    /// BEGINS, ENDS and CONTAINS: true for no part, unknown for no text.
    pub(super) fn found(&mut self, name: &str, text: E, part: E) -> Result<E, NotInSql> {
        self.bind(text, |this, text| {
            this.bind(part, |_, part| {
                let holds = match name {
                    "BEGINS" => slice(text.clone(), lit(1), length(part.clone())).eq(part.clone()),
                    "ENDS" => {
                        let from = add(sub(length(text.clone()), length(part.clone())), lit(1));
                        let fits = at_most(length(part.clone()), length(text.clone()));
                        let end = slice(
                            text.clone(),
                            case([(less(from.clone(), lit(1)), lit(1))], from),
                            length(part.clone()),
                        );
                        and([fits, end.eq(part.clone())])
                    }
                    _ => less(lit(0), call(Scalar::Position, [text.clone(), part.clone()])),
                };
                Ok(E::Or(vec![part.is_null(), holds]))
            })
        })
    }

    /// FIND: 0 where nothing is found.
    pub(super) fn find(&mut self, part: E, text: E, start: Option<Num>) -> Result<E, NotInSql> {
        let Some(start) = start else {
            return Ok(coalesce(call(Scalar::Position, [text, part]), lit(0)));
        };
        let start = self.place(start)?;
        self.bind(start, |this, start| {
            let rest = slice(text, start.clone(), lit(LENGTH_MAX));
            let at = call(Scalar::Position, [rest, part]);
            this.bind(at, |_, at| {
                let found = sub(add(at.clone(), start.clone()), lit(1));
                let none = coalesce(case([(less(lit(0), at), found)], lit(0)), lit(0));
                Ok(case([(E::IsNull(Box::new(start)), super::int_null())], none))
            })
        })
    }

    /// A position in a text: the first where it is before, the last possible one beyond.
    fn place(&mut self, number: Num) -> Result<E, NotInSql> {
        let place = self.whole(number)?;
        self.bind(place, |_, it| {
            let ends = [
                (less(it.clone(), lit(1)), lit(1)),
                (less(lit(LENGTH_MAX), it.clone()), lit(LENGTH_MAX)),
            ];
            Ok(case(ends, it))
        })
    }

    pub(super) fn left(&mut self, text: E, count: Num) -> Result<E, NotInSql> {
        let count = self.count(count)?;
        Ok(filled(slice(text, lit(1), count)))
    }

    pub(super) fn right(&mut self, text: E, count: Num) -> Result<E, NotInSql> {
        let count = self.count(count)?;
        self.bind(text, |this, text| {
            this.bind(count, |_, count| {
                let from = add(sub(length(text.clone()), count.clone()), lit(1));
                let from = case([(less(from.clone(), lit(1)), lit(1))], from);
                Ok(filled(slice(text, from, count)))
            })
        })
    }

    pub(super) fn middle(&mut self, text: E, start: Num, count: Num) -> Result<E, NotInSql> {
        let count = self.count(count)?;
        let start = self.place(start)?;
        Ok(filled(slice(text, start, count)))
    }

    /// SUBSTR: a negative start counts from the end, no count means the rest.
    pub(super) fn substring(
        &mut self,
        text: E,
        start: Num,
        count: Option<Num>,
    ) -> Result<E, NotInSql> {
        let start = self.whole(start)?;
        let start = self.bind(start, |_, it| {
            let ends = [
                (less(it.clone(), lit(-LENGTH_MAX)), lit(-LENGTH_MAX)),
                (less(lit(LENGTH_MAX), it.clone()), lit(LENGTH_MAX)),
            ];
            Ok(case(ends, it))
        })?;
        let count = match count {
            Some(count) => self.count(count)?,
            None => lit(LENGTH_MAX),
        };
        self.bind(text, |this, text| {
            this.bind(start, |_, start| {
                let size = || length(text.clone());
                let outside = E::Or(vec![
                    less(size(), start.clone()),
                    less(start.clone(), sub(lit(0), size())),
                ]);
                let from = case(
                    [
                        (outside.clone(), lit(1)),
                        (less(start.clone(), lit(0)), add(add(size(), start.clone()), lit(1))),
                        (less(start.clone(), lit(1)), lit(1)),
                    ],
                    start.clone(),
                );
                let part = filled(slice(text.clone(), from, count));
                Ok(case([(E::Or(vec![outside, start.is_null()]), text_null())], part))
            })
        })
    }

    /// A whole number of characters: not negative.
    fn count(&mut self, number: Num) -> Result<E, NotInSql> {
        let count = self.whole(number)?;
        self.bind(count, |_, it| {
            let ends = [
                (less(it.clone(), lit(0)), lit(0)),
                (less(lit(LENGTH_MAX), it.clone()), lit(LENGTH_MAX)),
            ];
            Ok(case(ends, it))
        })
    }

    /// LPAD and RPAD.
    pub(super) fn padded(
        &mut self,
        text: E,
        count: Num,
        fill: Option<E>,
        at_left: bool,
    ) -> Result<Part, NotInSql> {
        let fill = fill.unwrap_or_else(|| E::text(" "));
        let count = self.count(count)?;
        let (text_again, count_again) = (self.copy(&text)?, self.copy(&count)?);
        let value = self.bind(text, |this, text| {
            this.bind(count, |this, count| {
                let missing = sub(count.clone(), length(text.clone()));
                this.bind(missing, |_, missing| {
                    let fits = and([
                        less(lit(0), missing.clone()),
                        less(missing.clone(), lit(PADDED_MAX)),
                    ]);
                    let some = case([(fits, missing.clone())], lit(0));
                    let padding = slice(
                        call(Scalar::Repeat, [fill, some]),
                        lit(1),
                        case([(less(missing.clone(), lit(0)), lit(0))], missing.clone()),
                    );
                    let cut = slice(text.clone(), lit(1), count);
                    let whole = if at_left { [padding, text] } else { [text, padding] };
                    let whole = E::Concat(whole.into());
                    Ok(filled(case([(at_most(missing, lit(0)), cut)], whole)))
                })
            })
        })?;
        let missing = sub(count_again, length(text_again));
        let fault = at_most(lit(PADDED_MAX), missing);
        Ok(Part { value: Typed::Text(value), fault: Some(fault) })
    }

    /// TEXT of a number whose digits the engine knows. Where it has no decimals, a number of more
    /// digits than an integer is a fault.
    pub(super) fn number_text(&mut self, number: Num) -> Result<Part, NotInSql> {
        use super::number::Kind;
        match number.kind {
            Kind::Decimal { noisy: false } => {
                Ok(Typed::Text(call(Scalar::DecimalText, [number.expr])).into())
            }
            Kind::Scaled { scale, bound } => {
                let again = self.copy(&number.expr)?;
                let text = self.scaled_text(number.expr, scale)?;
                let fault = (9.2e18 <= bound).then(|| {
                    and([
                        E::IsNotNull(Box::new(again.clone())),
                        call(Scalar::IsInteger, [again]).negate(),
                    ])
                });
                Ok(Part { value: Typed::Text(text), fault })
            }
            // The digits of a quotient, or of a real, are not those in memory.
            _ => Err(NotInSql::Function("TEXT")),
        }
    }

    fn scaled_text(&mut self, number: E, scale: u32) -> Result<E, NotInSql> {
        if scale == 0 {
            return Ok(E::AsText(Box::new(number)));
        }
        self.bind(number, |this, it| {
            let unit = 10_i64.pow(scale);
            let size = case([(less(it.clone(), lit(0)), sub(lit(0), it.clone()))], it.clone());
            this.bind(size, |_, size| {
                let whole = super::tree::div(size.clone(), lit(unit));
                let rest = super::tree::rem(size.clone(), lit(unit));
                // A one in front keeps the zeros that the fraction begins with.
                let fraction = tail(E::AsText(Box::new(add(rest, lit(unit)))), 2);
                let fraction = call(Scalar::TrimEnd, [fraction, E::text("0")]);
                let sign = case([(less(it.clone(), lit(0)), E::text("-"))], E::text(""));
                let whole = E::AsText(Box::new(whole));
                let text = E::Concat(vec![sign, whole, E::text("."), fraction]);
                let text = call(Scalar::TrimEnd, [text, E::text(".")]);
                Ok(case([(it.is_null(), text_null())], text))
            })
        })
    }

    /// Whether a text is a number: digits, a sign, a point, an exponent of up to three digits.
    pub(super) fn is_number(&mut self, text: E) -> Result<E, NotInSql> {
        let signless = |it: E| {
            let signed = E::Or(vec![
                slice(it.clone(), lit(1), lit(1)).eq(E::text("-")),
                slice(it.clone(), lit(1), lit(1)).eq(E::text("+")),
            ]);
            case([(signed, tail(it.clone(), 2))], it)
        };
        let digits_off = |it: E| call(Scalar::TrimStart, [it, E::text(DIGITS)]);
        self.bind(text, |this, text| {
            this.bind(signless(text), |this, unsigned| {
                this.bind(digits_off(unsigned.clone()), |this, after_whole| {
                    let point = slice(after_whole.clone(), lit(1), lit(1)).eq(E::text("."));
                    let fraction =
                        case([(point, tail(after_whole.clone(), 2))], after_whole.clone());
                    this.bind(fraction, |this, fraction| {
                        this.bind(digits_off(fraction.clone()), |this, rest| {
                            let digits = add(
                                sub(length(unsigned), length(after_whole)),
                                sub(length(fraction), length(rest.clone())),
                            );
                            let marked = E::Or(vec![
                                slice(rest.clone(), lit(1), lit(1)).eq(E::text("e")),
                                slice(rest.clone(), lit(1), lit(1)).eq(E::text("E")),
                            ]);
                            let exponent =
                                this.bind(signless(tail(rest.clone(), 2)), |_, it| {
                                    Ok(and([
                                        less(lit(0), length(it.clone())),
                                        less(length(it.clone()), lit(4)),
                                        digits_off(it).eq(E::text("")),
                                    ]))
                                })?;
                            let ends = E::Or(vec![rest.eq(E::text("")), and([marked, exponent])]);
                            Ok(and([less(lit(0), digits), ends]))
                        })
                    })
                })
            })
        })
    }

    /// VALUE.
    pub(super) fn parsed_number(&mut self, text: E) -> Result<Part, NotInSql> {
        let again = self.copy(&text)?;
        let is_number = self.is_number(again)?;
        let fault = E::Not(Box::new(coalesce(is_number, E::True)));
        let decimals = self.arithmetic == super::Arithmetic::Decimals;
        let expr = self.bind(text, |this, text| {
            let is_number = this.is_number(text.clone())?;
            let number =
                if decimals { E::AsDecimal(Box::new(text)) } else { E::AsReal(Box::new(text)) };
            Ok(case([(is_number, number)], this.null_number().expr))
        })?;
        let kind = self.computed_real(E::True, false).kind;
        Ok(Part { value: Typed::Number(Num { expr, kind }), fault: Some(fault) })
    }

    /// UPPER and LOWER, letter by letter.
    pub(super) fn cased(&mut self, text: E, upper: bool) -> Result<E, NotInSql> {
        let map = if upper { Case::upper() } else { Case::lower() };
        self.bind(text, |_, text| {
            let ascii =
                if upper { call(Scalar::Upper, [text.clone()]) } else { text.clone().lower() };
            // Text of ASCII has as many bytes as characters.
            let is_ascii = length(text.clone()).eq(call(Scalar::Bytes, [text.clone()]));
            let mut mapped = text;
            for (letter, letters) in map.longer {
                mapped =
                    call(Scalar::Replace, [mapped, E::text(letter.to_string()), E::text(letters)]);
            }
            let mapped = call(Scalar::Translate, [mapped, E::text(map.from), E::text(map.to)]);
            Ok(case([(is_ascii, ascii)], mapped))
        })
    }

    /// A number of two digits at least.
    pub(super) fn two_digits(&mut self, number: E) -> Result<E, NotInSql> {
        self.bind(number, |_, it| {
            let text = E::AsText(Box::new(it.clone()));
            Ok(case([(less(it, lit(10)), E::Concat(vec![E::text("0"), text.clone()]))], text))
        })
    }

    /// INCLUDES: the value between semicolons.
    pub(super) fn includes(&mut self, values: E, wanted: E) -> E {
        let fenced = |it: E| E::Concat(vec![E::text(";"), it, E::text(";")]);
        let found =
            less(lit(0), call(Scalar::Position, [fenced(values.clone()), fenced(wanted.clone())]));
        let both_blank = and([values.is_null(), wanted.is_null()]);
        coalesce(or([Some(found), Some(both_blank)]).unwrap_or(E::False), E::False)
    }

    /// PICKLISTCOUNT: one more than there are semicolons.
    pub(super) fn picklist_count(&mut self, values: E) -> Result<E, NotInSql> {
        self.bind(values, |_, it| {
            let without = call(Scalar::Replace, [it.clone(), E::text(";"), E::text("")]);
            let count = add(sub(length(it), length(without)), lit(1));
            Ok(coalesce(count, lit(0)))
        })
    }

    pub(super) fn code(&mut self, number: Num) -> Result<Part, NotInSql> {
        let code = self.whole(number)?;
        let again = self.copy(&code)?;
        let fault = self.bind(again, |_, it| {
            let surrogate = and([at_most(lit(0xD800), it.clone()), less(it.clone(), lit(0xE000))]);
            Ok(E::Or(vec![surrogate, less(lit(0x10_FFFF), it)]))
        })?;
        let value = self.bind(code, |_, it| {
            let plane = and([less(lit(0), it.clone()), less(it.clone(), lit(0xD800))]);
            let above =
                and([at_most(lit(0xE000), it.clone()), at_most(it.clone(), lit(0x10_FFFF))]);
            let valid = E::Or(vec![plane, above]);
            Ok(case([(valid, call(Scalar::Char, [it]))], text_null()))
        })?;
        Ok(Part { value: Typed::Text(value), fault: Some(fault) })
    }

    /// HTMLENCODE and JSENCODE: one character after the other.
    pub(super) fn replaced(&mut self, text: E, pairs: &[(&str, &str)]) -> E {
        pairs.iter().fold(text, |text, (from, to)| {
            call(Scalar::Replace, [text, E::text(*from), E::text(*to)])
        })
    }

    pub(super) fn is_same(&mut self, a: E, b: E) -> E {
        or_empty(a).compare(CompareOp::Eq, or_empty(b))
    }

    /// FORMATCURRENCY, for amounts that integers hold.
    pub(super) fn currency_text(&mut self, code: E, amount: Num) -> Result<Part, NotInSql> {
        use crate::functions::currency::minor_digits;
        let codes = |digits: usize| -> Vec<sql::Value> {
            let codes = CODES.iter().filter(|it| minor_digits(it) == digits);
            codes.map(|it| sql::Value::Text((*it).to_owned())).collect()
        };
        let amount_again = Num { expr: self.copy(&amount.expr)?, kind: amount.kind };
        let whole = self.whole(amount_again)?;
        let size = self.bind(whole, |_, it| {
            Ok(E::Or(vec![
                less(lit(999_999_999_999_999), it.clone()),
                less(it, lit(-999_999_999_999_999)),
            ]))
        })?;
        let mut texts = Vec::new();
        for digits in [0_u32, 3, 4, 2] {
            let amount = Num { expr: self.copy(&amount.expr)?, kind: amount.kind };
            let amount =
                self.rounded(amount, i64::from(digits), crate::number::Rounding::HalfUp)?;
            let scaled = self.stored(amount, digits)?;
            texts.push(self.grouped(scaled, digits)?);
        }
        let last = texts.pop().unwrap_or_else(text_null);
        let value = self.bind(or_empty(code), |_, code| {
            let whens = [0_usize, 3, 4].into_iter().zip(texts);
            let whens: Vec<(E, E)> = whens
                .map(|(digits, text)| (E::In(Box::new(code.clone()), codes(digits)), text))
                .collect();
            let text = E::Case(whens, Box::new(last));
            Ok(E::Concat(vec![code, E::text(" "), text]))
        })?;
        Ok(Part { value: Typed::Text(value), fault: Some(size) })
    }

    /// A scaled integer with its thousands apart.
    fn grouped(&mut self, scaled: E, digits: u32) -> Result<E, NotInSql> {
        let unit = 10_i64.pow(digits);
        self.bind(scaled, |this, it| {
            let size = case([(less(it.clone(), lit(0)), sub(lit(0), it.clone()))], it.clone());
            this.bind(size, |this, size| {
                let whole = super::tree::div(size.clone(), lit(unit));
                let fraction = tail(
                    E::AsText(Box::new(add(super::tree::rem(size.clone(), lit(unit)), lit(unit)))),
                    2,
                );
                let whole = this.bind(whole, |_, whole| {
                    let group = |n: u32| {
                        let part = super::tree::rem(
                            super::tree::div(whole.clone(), lit(1000_i64.pow(n))),
                            lit(1000),
                        );
                        E::Concat(vec![
                            E::text(","),
                            tail(E::AsText(Box::new(add(part, lit(1000)))), 2),
                        ])
                    };
                    let all: Vec<E> = (0..6).rev().map(group).collect();
                    let text = call(Scalar::TrimStart, [E::Concat(all), E::text("0,")]);
                    let text = filled(text);
                    Ok(coalesce(text, E::text("0")))
                })?;
                let sign = case([(less(it.clone(), lit(0)), E::text("-"))], E::text(""));
                let mut parts = vec![sign, whole];
                if 0 < digits {
                    parts.extend([E::text("."), fraction]);
                }
                Ok(case([(it.is_null(), text_null())], E::Concat(parts)))
            })
        })
    }
}

/// The currencies whose minor units are no hundredths.
const CODES: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "CLF", "UYW",
];

/// How letters change their case.
struct Case {
    /// Letters, and what takes their places, one for one.
    from: String,
    to: String,
    /// Letters that become more than one.
    longer: Vec<(char, String)>,
}

impl Case {
    fn upper() -> Self {
        Self::of(|it| it.to_uppercase().collect())
    }

    fn lower() -> Self {
        Self::of(|it| it.to_lowercase().collect())
    }

    fn of(map: fn(char) -> String) -> Self {
        let mut out = Self { from: String::new(), to: String::new(), longer: Vec::new() };
        // All letters with case are below.
        for it in (1..0x1_EA00).filter_map(char::from_u32) {
            let mapped = map(it);
            let mut chars = mapped.chars();
            match (chars.next(), chars.next()) {
                (Some(one), None) if one != it => {
                    out.from.push(it);
                    out.to.push(one);
                }
                (Some(_), Some(_)) => out.longer.push((it, mapped)),
                _ => {}
            }
        }
        out
    }
}

/// A text that is one value of a condition.
pub(super) fn truth(it: E) -> E {
    is_one(case([(it, lit(1))], lit(0)))
}
