//! Conditions, blanks, and the state of the record that changes.

use super::{Form, Function};
use crate::context::Needs;
use crate::types::{Type, TypeSet};
use crate::{Number, Value};

/// The checker decides about these itself.
const ANY: TypeSet = TypeSet::of(&[]);

pub(crate) static TABLE: &[Function] = &[
    Function::form("AND", &[ANY], Form::And).repeats(),
    Function::form("OR", &[ANY], Form::Or).repeats(),
    Function::form("IF", &[ANY, ANY, ANY], Form::If),
    Function::form("IFS", &[ANY, ANY, ANY], Form::If).repeats(),
    Function::form("CASE", &[ANY, ANY, ANY, ANY], Form::Case).repeats(),
    Function::form("IN", &[ANY, ANY], Form::In).repeats(),
    Function::form("IFERROR", &[ANY, ANY], Form::IfError),
    Function::form("ISBLANK", &[ANY], Form::IsBlank),
    Function::form("ISNULL", &[ANY], Form::IsNull),
    Function::form("BLANKVALUE", &[ANY, ANY], Form::BlankValue),
    Function::form("NULLVALUE", &[ANY, ANY], Form::NullValue),
    Function::new("ISNUMBER", &[TypeSet::TEXT], Type::Boolean, |call| {
        Ok(Value::Boolean(call.text(0).is_some_and(|it| Number::parse(it).is_some())))
    }),
    Function::new("ISNEW", &[], Type::Boolean, |call| Ok(Value::Boolean(call.record.is_new())))
        .needs(Needs::Change),
    Function::new("ISCLONE", &[], Type::Boolean, |call| Ok(Value::Boolean(call.record.is_clone())))
        .needs(Needs::Change),
    Function::form("ISCHANGED", &[ANY], Form::IsChanged).needs(Needs::Change),
    Function::form("PRIORVALUE", &[ANY], Form::PriorValue).needs(Needs::Change),
    Function::form("VLOOKUP", &[ANY, ANY, ANY], Form::VLookup).needs(Needs::Validation),
    Function::elsewhere("PREDICT"),
    Function::elsewhere("PARENTGROUPVAL"),
    Function::elsewhere("PREVGROUPVAL"),
    Function::elsewhere("LINKTO"),
    Function::elsewhere("URLFOR"),
    Function::elsewhere("REQUIRESCRIPT"),
    Function::elsewhere("IMAGEPROXYURL"),
    Function::elsewhere("GETRECORDIDS"),
    Function::elsewhere("INCLUDE"),
    Function::elsewhere("JUNCTIONIDLIST"),
];
