//! Locations, and the distance between two of them along a great circle.

use super::{Call, Function};
use crate::error::Cause;
use crate::functions::math::from_real;
use crate::types::{Type, TypeSet};
use crate::value::Location;
use crate::{Number, Value};

const N: TypeSet = TypeSet::NUMBER;
const L: TypeSet = TypeSet::LOCATION;

pub(crate) static TABLE: &[Function] = &[
    Function::new("GEOLOCATION", &[N, N], Type::Location, |call| {
        let (latitude, longitude) = match (call.number(0), call.number(1)) {
            (Some(latitude), Some(longitude)) => (latitude, longitude),
            (None, None) => return Ok(Value::Blank),
            _ => return Err(Cause::Location),
        };
        let within = |it: Number, max: i64| it.abs() <= Number::from(max);
        if !within(latitude, 90) || !within(longitude, 180) {
            return Err(Cause::Location);
        }
        Ok(Value::Location(Location { latitude, longitude }))
    }),
    Function::new("DISTANCE", &[L, L, TypeSet::TEXT], Type::Number, distance),
];

/// The mean diameter of the earth in the unit.
pub(crate) fn unit(name: &str) -> Option<f64> {
    match name {
        _ if name.eq_ignore_ascii_case("mi") => Some(7_917.522),
        _ if name.eq_ignore_ascii_case("km") => Some(12_742.018),
        _ => None,
    }
}

fn distance(call: &Call<'_>) -> Result<Value, Cause> {
    let diameter = unit(call.text(2).unwrap_or_default()).ok_or(Cause::Unit)?;
    let (Some(a), Some(b)) = (call.location(0), call.location(1)) else {
        return Ok(Value::Blank);
    };
    let (a, b) = (on_sphere(a), on_sphere(b));
    let chord = (a[0] - b[0]).hypot(a[1] - b[1]).hypot(a[2] - b[2]);
    from_real(diameter * (chord / 2.0).min(1.0).asin(), "DISTANCE")
}

/// The point on a sphere of radius one.
fn on_sphere(location: Location) -> [f64; 3] {
    let latitude = location.latitude.to_f64().to_radians();
    let longitude = location.longitude.to_f64().to_radians();
    let radius = latitude.cos();
    [longitude.sin() * radius, longitude.cos() * radius, latitude.sin()]
}
