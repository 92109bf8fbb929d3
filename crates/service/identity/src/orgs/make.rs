//! Making new orgs: where, and what they are told of it.

use base::RecordId;

use super::{Error, Home, Orgs, index, region};
use crate::org::{self, NewOrg};
use crate::{Created, password};

/// Where an org is to be made.
#[derive(Debug, Clone, Default)]
pub struct Place<'a> {
    /// The name of a home.
    pub home: Option<&'a str>,
    /// The region of the home, where none is named; the first home of it is taken.
    pub region: Option<&'a str>,
    /// The org's id; drawn if none is given.
    pub id: Option<RecordId>,
}

impl Orgs {
    /// Makes an org with its administrator, and opens it.
    pub fn create(&self, new: &NewOrg, place: &Place<'_>) -> Result<Created, Error> {
        if let Some(password) = &new.password {
            password::check(password, &new.username).map_err(crate::Error::WeakPassword)?;
        }
        let n = self.home_for(place)?;
        let home = &self.homes[n];
        let id = match place.id {
            Some(id) => id,
            None => org::new_id()?,
        };
        let _claim = self.claim(id)?;
        // An id that was drawn just now is nobody's, and no home need be asked.
        if place.id.is_some()
            && let Some(other) = self.places.find(self, id)?
        {
            return Err(Error::Exists { id, home: self.homes[other].name.clone() });
        }
        let (administrator, secrets) = org::make(&home.store, id, new, &self.options, |made| {
            region::put(made, &home.region)?;
            index::tell(home, made, false).map(|_| ())
        })?;
        self.places.put(id, n);
        let org = self.get(id)?.ok_or_else(|| Error::UnknownOrg { name: id.to_string() })?;
        let crate::Secrets { password, security_token } = secrets;
        Ok(Created { org, administrator, password, security_token })
    }

    /// The number of the home that is meant.
    pub(super) fn home_for(&self, place: &Place<'_>) -> Result<usize, Error> {
        let fits = |it: &Home| place.region.is_none_or(|region| it.region == region);
        match (place.home, place.region) {
            (Some(name), _) => {
                let home = self.home(name)?;
                let n = self.homes.iter().position(|it| it.name == name);
                match n {
                    Some(n) if fits(home) => Ok(n),
                    _ => Err(Error::UnknownRegion {
                        region: place.region.unwrap_or_default().to_owned(),
                    }),
                }
            }
            (None, Some(region)) => {
                let n = self.homes.iter().position(fits);
                n.ok_or_else(|| Error::UnknownRegion { region: region.to_owned() })
            }
            (None, None) => Ok(0),
        }
    }
}
