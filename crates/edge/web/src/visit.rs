//! A signed-in person's request: who asks, with which rights, in which style.

use base::RecordId;
use locale::Style;
use records::Ctx;
use schema::{Object, ObjectKind};

use crate::ask::Ask;
use crate::failure::Failure;
use crate::flash::Flash;
use crate::read;

/// The first argument of every page behind the sign-in.
pub(crate) struct Visit {
    pub ctx: Ctx,
    pub ask: Ask,
    pub me: Me,
    pub org_name: String,
    pub style: Style,
    /// The token that forms of this session carry.
    pub csrf: String,
    pub flash: Option<Flash>,
}

pub(crate) struct Me {
    pub id: RecordId,
    pub name: String,
    pub username: String,
}

impl Visit {
    /// Reads who `ctx` acts for and how they write numbers and dates.
    pub(crate) fn of(ctx: Ctx, ask: Ask, csrf: String) -> Result<Self, Failure> {
        let id = ctx.actor();
        let names = ["Name", "Username", "LocaleSidKey"];
        let [name, username, locale] = read::texts(&ctx, "User", &names, Some(id))?;
        let names = ["Name", "DefaultLocaleSidKey", "DefaultCurrencyIsoCode"];
        let [org_name, org_locale, currency] = read::texts(&ctx, "Organization", &names, None)?;
        let locale = if locale.is_empty() { org_locale } else { locale };
        let currency = if currency.is_empty() { "USD".to_owned() } else { currency };
        let style = Style::new(&locale, ctx.zone.clone(), &currency);
        let flash = ask.cookie(crate::session::FLASH).and_then(Flash::from_cookie);
        Ok(Self { ctx, ask, me: Me { id, name, username }, org_name, style, csrf, flash })
    }

    /// The object of the route, if it has pages for this person.
    pub(crate) fn object(&self) -> Result<&Object, Failure> {
        let object = self.ctx.schema.object(self.ask.param("object"));
        object.filter(|it| self.has_pages(it)).ok_or(Failure::Missing)
    }

    /// The record id of the route.
    pub(crate) fn id(&self, object: &Object) -> Result<RecordId, Failure> {
        let id = RecordId::parse(self.ask.param("id")).ok();
        id.filter(|it| it.prefix() == object.key_prefix).ok_or(Failure::Missing)
    }

    /// Whether records of `object` have pages that this person may see.
    pub(crate) fn has_pages(&self, object: &Object) -> bool {
        !object.setup
            && object.queryable
            && object.kind != ObjectKind::PlatformEvent
            && self.ctx.access.can_read_object(object)
    }

    pub(crate) fn can_create(&self, object: &Object) -> bool {
        let files =
            object.fields.iter().any(|it| it.ty == schema::FieldType::Base64 && it.required);
        self.has_pages(object)
            && object.createable
            && !files
            && self.ctx.access.object(object).create
    }

    pub(crate) fn can_edit(&self, object: &Object) -> bool {
        object.updateable && self.ctx.access.object(object).edit
    }

    pub(crate) fn can_delete(&self, object: &Object) -> bool {
        object.deletable && self.ctx.access.object(object).delete
    }
}

/// The page of an object's list.
pub(crate) fn list_path(object: &Object) -> String {
    format!("/o/{}", object.name)
}

/// The page of a record.
pub(crate) fn record_path(object: &Object, id: RecordId) -> String {
    format!("/o/{}/{id}", object.name)
}
