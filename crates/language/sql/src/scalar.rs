//! Functions of values, by what they mean; each engine's words for them stand here, in one table.
//!
//! They are the ones that formulas need, and mean the same on every engine for the arguments that
//! are said here: whoever builds a tree keeps to them, because an engine may answer anything else
//! with an error that ends the statement.
//!
//! Texts are counted in characters, from 1. Numbers are integers, reals, or decimals where the
//! engine has them.

/// Whose words an engine understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Functions {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// The first, or null where it equals the second.
    NullIf,
    Abs,
    Floor,
    Ceil,
    Trunc,
    /// A decimal to decimal places, half away from zero.
    Round,
    /// A decimal to decimal places, towards zero.
    TruncTo,
    /// A decimal's digits, without zeros at the end.
    DecimalText,
    /// Of decimals, or of reals.
    Power,
    /// Of a positive decimal or real.
    Log10,
    /// What a division of reals towards zero leaves.
    RealRem,
    /// Whether a value that may be an integer or a real is an integer: a condition, and not on
    /// engines with decimals.
    IsInteger,
    Sqrt,
    Exp,
    Ln,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Length,
    /// The bytes of a text in UTF-8.
    Bytes,
    /// Text, position, count; the count is not negative.
    Substr,
    /// Where the second text begins in the first; 0 where it does not.
    Position,
    /// Text, what is replaced, by what.
    Replace,
    /// Text, characters that go at both ends.
    Trim,
    TrimStart,
    TrimEnd,
    /// Of the first character.
    CharCode,
    /// Of a valid code but 0.
    Char,
    /// Text with ASCII letters made capital.
    Upper,
    /// Text that is not empty, characters, and the characters that take their places.
    Translate,
    /// Of text that is not empty.
    Reverse,
    /// Text, how often; not negative.
    Repeat,
    /// `YYYY-MM-DD` of days since 1970, years 1 to 9999, as for all that follow.
    DayText,
    Year,
    Month,
    DayOfMonth,
    DayOfYear,
    IsoWeek,
    IsoYear,
}

/// A text with `$0`, `$1`, … for arguments, `$*` for all of them and `$C` for the collation of
/// text that a function made.
pub(crate) fn template(scalar: Scalar, functions: Functions) -> &'static str {
    match functions {
        Functions::Sqlite => sqlite(scalar),
        Functions::Postgres => postgres(scalar),
    }
}

/// What both engines say alike.
fn shared(scalar: Scalar) -> &'static str {
    use Scalar::*;
    match scalar {
        NullIf => "NULLIF($*)",
        Abs => "abs($0)",
        Floor => "floor($0)",
        Ceil => "ceil($0)",
        Trunc => "trunc($0)",
        Sqrt => "sqrt($0)",
        Exp => "exp($0)",
        Ln => "ln($0)",
        Sin => "sin($0)",
        Cos => "cos($0)",
        Tan => "tan($0)",
        Asin => "asin($0)",
        Acos => "acos($0)",
        Atan => "atan($0)",
        Atan2 => "atan2($*)",
        Length => "length($0)",
        Substr => "substr($0, CAST($1 AS INTEGER), CAST($2 AS INTEGER))",
        Replace => "replace($*)",
        TrimStart => "ltrim($*)",
        TrimEnd => "rtrim($*)",
        Upper => "upper($0)",
        Power | RealRem | Round | TruncTo | DecimalText | Log10 | IsInteger | Bytes | Position
        | Trim | CharCode | Char | Translate | Reverse | Repeat | DayText | Year | Month
        | DayOfMonth | DayOfYear | IsoWeek | IsoYear => "NULL",
    }
}

fn sqlite(scalar: Scalar) -> &'static str {
    use Scalar::*;
    match scalar {
        Power => "pow($*)",
        Log10 => "log10($0)",
        RealRem => "mod($*)",
        IsInteger => "typeof($0) = 'integer'",
        Bytes => "length(CAST($0 AS BLOB))",
        Position => "instr($*)",
        Trim => "trim($*)",
        CharCode => "unicode($0)",
        Char => "char($0)",
        // No function maps characters: they are taken one by one.
        Translate => {
            "(WITH RECURSIVE w(t, f, g) AS (SELECT $*), c(n, o) AS (SELECT 0, '' UNION ALL \
             SELECT n + 1, o || CASE instr(f, substr(t, n + 1, 1)) WHEN 0 THEN substr(t, n + 1, 1) \
             ELSE substr(g, instr(f, substr(t, n + 1, 1)), 1) END FROM c, w WHERE n < length(t)) \
             SELECT NULLIF(o, '') FROM c ORDER BY n DESC LIMIT 1)"
        }
        Reverse => {
            "(WITH RECURSIVE w(t) AS (SELECT $0), c(n, o) AS (SELECT 0, '' UNION ALL \
             SELECT n + 1, substr(t, n + 1, 1) || o FROM c, w WHERE n < length(t)) \
             SELECT NULLIF(o, '') FROM c ORDER BY n DESC LIMIT 1)"
        }
        Repeat => "replace(hex(zeroblob($1)), '00', $0)",
        DayText => "date(($0) * 86400, 'unixepoch')",
        Year => "CAST(strftime('%Y', ($0) * 86400, 'unixepoch') AS INTEGER)",
        Month => "CAST(strftime('%m', ($0) * 86400, 'unixepoch') AS INTEGER)",
        DayOfMonth => "CAST(strftime('%d', ($0) * 86400, 'unixepoch') AS INTEGER)",
        DayOfYear => "CAST(strftime('%j', ($0) * 86400, 'unixepoch') AS INTEGER)",
        IsoWeek => "CAST(strftime('%V', ($0) * 86400, 'unixepoch') AS INTEGER)",
        IsoYear => "CAST(strftime('%G', ($0) * 86400, 'unixepoch') AS INTEGER)",
        other => shared(other),
    }
}

fn postgres(scalar: Scalar) -> &'static str {
    use Scalar::*;
    match scalar {
        Power => "power($*)",
        Log10 => "log($0)",
        RealRem => "mod($*)",
        Round => "round($0, CAST($1 AS INTEGER))",
        TruncTo => "trunc($0, CAST($1 AS INTEGER))",
        DecimalText => "CAST(trim_scale($0) AS TEXT)$C",
        Bytes => "octet_length($0)",
        Position => "strpos($*)",
        Trim => "btrim($*)",
        CharCode => "ascii($0)",
        Char => "chr(CAST($0 AS INTEGER))$C",
        Translate => "translate($*)",
        Reverse => "reverse($0)",
        Repeat => "repeat($0, CAST($1 AS INTEGER))",
        DayText => "to_char(DATE '1970-01-01' + CAST($0 AS INTEGER), 'YYYY-MM-DD')$C",
        Year => "CAST(EXTRACT(YEAR FROM DATE '1970-01-01' + CAST($0 AS INTEGER)) AS BIGINT)",
        Month => "CAST(EXTRACT(MONTH FROM DATE '1970-01-01' + CAST($0 AS INTEGER)) AS BIGINT)",
        DayOfMonth => "CAST(EXTRACT(DAY FROM DATE '1970-01-01' + CAST($0 AS INTEGER)) AS BIGINT)",
        DayOfYear => "CAST(EXTRACT(DOY FROM DATE '1970-01-01' + CAST($0 AS INTEGER)) AS BIGINT)",
        IsoWeek => "CAST(EXTRACT(WEEK FROM DATE '1970-01-01' + CAST($0 AS INTEGER)) AS BIGINT)",
        IsoYear => "CAST(EXTRACT(ISOYEAR FROM DATE '1970-01-01' + CAST($0 AS INTEGER)) AS BIGINT)",
        other => shared(other),
    }
}
