//! `POST /o/{Object}/{id}/delete` and `POST /restore/{id}`.
//!
//! Deleting asks no question: it can be undone, and the page that follows offers it.

use base::RecordId;
use records::SaveOptions;

use crate::component::value::record_name;
use crate::failure::Failure;
use crate::flash::{Flash, isolate};
use crate::message;
use crate::page::record::path_of;
use crate::read;
use crate::reply::Reply;
use crate::visit::{Visit, list_path, record_path};

const OPTIONS: SaveOptions = SaveOptions { all_or_none: true };

pub(crate) fn delete(visit: &Visit) -> Result<Reply, Failure> {
    let object = visit.object().ok().filter(|it| visit.can_delete(it)).ok_or(Failure::Missing)?;
    let id = visit.id(object)?;
    let fields = object.name_field().into_iter().collect();
    let record = read::record(&visit.ctx, object, id, fields)?;
    let name = record_name(visit, object, &record);
    let outcome = records::delete(&visit.ctx, &[id], &OPTIONS)?.into_iter().next();
    Ok(match outcome {
        Some(Err(refused)) => {
            let text = message::of_all(&visit.ctx.schema, &refused.errors);
            Reply::see_with(record_path(object, id), Flash::refused(text))
        }
        _ => {
            let undo = object.undeletable.then_some(id);
            let flash = Flash { undo, ..Flash::done(format!("{} was deleted.", isolate(&name))) };
            Reply::see_with(list_path(object), flash)
        }
    })
}

pub(crate) fn restore(visit: &Visit) -> Result<Reply, Failure> {
    let id = RecordId::parse(visit.ask.param("id")).map_err(|_| Failure::Missing)?;
    let path = path_of(visit, id).ok_or(Failure::Missing)?;
    let outcome = records::undelete(&visit.ctx, &[id], &OPTIONS)?.into_iter().next();
    Ok(match outcome {
        Some(Err(refused)) => {
            let text = message::of_all(&visit.ctx.schema, &refused.errors);
            Reply::see_with("/recycle-bin", Flash::refused(text))
        }
        _ => Reply::see_with(path, Flash::done("The record was restored.")),
    })
}
