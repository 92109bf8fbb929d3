//! Which records match, the best first: what the index says, and for records of which the actor
//! may not read every searched field, what they hold in the others.
//!
//! The index knows nothing of rights. Where it has fields that the actor may not read, or cannot
//! answer a search to the letter (a wildcard within a word), what it finds is read, and decided by
//! the same expression over the fields that are left. A record is then neither found by a hidden
//! word, nor kept from being found by one that a search excludes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use ::search::expr::Negations;
use ::search::{Expr, Group, Groups, Plan};
use base::RecordId;
use schema::{Object, ObjectId};
use store::Reader;

use super::build;
use super::field::{self, Searched};
use crate::context::Ctx;
use crate::error::Error;

// Tests have few records and must come by all paths all the same.

/// The most records of all objects together that the index is asked for.
const TOGETHER: usize = if cfg!(test) { 4 } else { 1_000 };

/// The most records of one object that it is asked for first.
const FIRST_MAX: usize = if cfg!(test) { 6 } else { 5_000 };

/// The most that it is asked for then, where fewer were not enough: they may be out of the actor's
/// reach, or of a WHERE's.
const CANDIDATES: [usize; 3] = if cfg!(test) { [8, 12, 50_000] } else { [1_000, 5_000, 50_000] };

/// Records that are read at once to see whether they match.
const READ_MAX: usize = if cfg!(test) { 8 } else { 500 };

/// A search under way.
pub(super) struct Finder<'a> {
    ctx: &'a Ctx,
    /// The best matches first; the last is the whole search.
    tiers: Vec<Expr>,
    /// The same as the index is asked.
    asked: Vec<Expr>,
    /// Whether the index finds what matches and nothing else.
    exact: bool,
    /// What the index has found of all objects together; none if that was too much.
    together: Option<HashMap<ObjectId, Vec<RecordId>>>,
    /// In which objects there is anything; none if that was not asked.
    present: Option<HashSet<ObjectId>>,
}

impl<'a> Finder<'a> {
    /// Asks the index for all of `objects` at once, which is enough for most searches.
    pub(super) fn new(ctx: &'a Ctx, plan: Plan, objects: &[&Object]) -> Result<Self, Error> {
        let hidden = objects.iter().any(|it| Hidden::of(ctx, it).is_some());
        let negations = if hidden { Negations::LeftOut } else { Negations::Asked };
        let mut tiers = plan.tiers;
        tiers.push(plan.all);
        let (mut asked, mut exact) = (Vec::new(), true);
        for tier in &tiers {
            let indexable = tier.indexable(negations);
            asked.push(indexable.expr);
            exact &= indexable.exact;
        }
        let mut finder = Self { ctx, tiers, asked, exact, together: None, present: None };
        if 1 < objects.len() {
            ctx.org.store.state().read(|index| finder.look_around(index, objects))?;
        }
        Ok(finder)
    }

    /// Asks for all of `objects` at once, and if that is too much, in which of them anything is.
    fn look_around(&mut self, index: &Reader, objects: &[&Object]) -> Result<(), Error> {
        let mut ranges: Vec<_> = objects.iter().map(|it| (field::ids(it), it.id)).collect();
        ranges.sort_by_key(|(ids, _)| *ids.start());
        ranges.dedup();
        let (ranges, objects): (Vec<_>, Vec<ObjectId>) = ranges.into_iter().unzip();
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { return Ok(()) };
        let ids = *first.start()..=*last.end();
        let Some((whole, tiers)) = self.asked.split_last() else { return Ok(()) };
        let all = ask(index, whole, ids.clone(), TOGETHER)?;
        if TOGETHER < all.len() {
            let any = index.find_any(whole, &ranges)?;
            let present = objects.into_iter().zip(any).filter(|(_, any)| *any);
            self.present = Some(present.map(|(object, _)| object).collect());
            return Ok(());
        }
        let mut ranked = Vec::new();
        if !all.is_empty() {
            for wanted in tiers {
                ranked.extend(ask(index, wanted, ids.clone(), TOGETHER)?);
            }
        }
        ranked.extend(all);
        let mut by_object: HashMap<ObjectId, Vec<RecordId>> = HashMap::new();
        for id in once(ranked) {
            if let Some(object) = self.ctx.schema.object_of_prefix(id.prefix()) {
                by_object.entry(object.id).or_default().push(id);
            }
        }
        self.together = Some(by_object);
        Ok(())
    }

    /// Hands portions of the records of `object` that match to `take`, the best first, each once,
    /// until it says that it has enough, of which about `wanted` should be. The portions grow.
    pub(super) fn each(
        &self,
        reader: &Reader,
        object: &Object,
        wanted: usize,
        mut take: impl FnMut(&[RecordId]) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let hidden = Hidden::of(self.ctx, object);
        let decide = !self.exact || hidden.is_some();
        let narrowed = hidden.as_ref().map(|it| self.narrowed(it));
        let asked = narrowed.as_deref().unwrap_or(&self.asked);
        let by_id = hidden.as_ref().is_some_and(|it| it.name);
        let readable = hidden.map_or_else(|| field::fields(object), |it| it.readable);
        let mut seen = HashSet::new();
        // Some may be gone since they were indexed.
        let first = (wanted + wanted / 16 + 20).min(FIRST_MAX);
        let more = CANDIDATES.into_iter().filter(|it| first < *it);
        for max in std::iter::once(first).chain(more) {
            let (ids, is_all) = self.candidates(object, asked, max)?;
            let mut new: Vec<RecordId> = ids.into_iter().filter(|it| seen.insert(*it)).collect();
            if by_id {
                new.sort_unstable();
            }
            let (mut rest, mut n) = (new.as_slice(), READ_MAX / 4);
            while !rest.is_empty() {
                let (portion, after) = rest.split_at(n.min(rest.len()));
                (rest, n) = (after, (n * 2).min(super::ROWS_MAX));
                let enough = if decide {
                    let mut ids = self.decided(reader, object, &readable, portion)?;
                    if by_id {
                        ids.sort_unstable();
                    }
                    take(&ids)?
                } else {
                    take(portion)?
                };
                if enough {
                    return Ok(());
                }
            }
            if is_all {
                return Ok(());
            }
        }
        let (org, object) = (self.ctx.org.store.id(), object.name.as_str());
        tracing::info!(org.id = org, object.name = object, "a search finds too much to see it all");
        Ok(())
    }

    /// What the index finds of `object`, the best `max` or more, and whether that is all.
    fn candidates(
        &self,
        object: &Object,
        asked: &[Expr],
        max: usize,
    ) -> Result<(Vec<RecordId>, bool), Error> {
        if let Some(together) = &self.together {
            return Ok((together.get(&object.id).cloned().unwrap_or_default(), true));
        }
        if self.present.as_ref().is_some_and(|it| !it.contains(&object.id)) {
            return Ok((Vec::new(), true));
        }
        let ids = field::ids(object);
        self.ctx.org.store.state().read(|index| {
            let (mut ranked, mut seen) = (Vec::new(), HashSet::new());
            for (tier, wanted) in asked.iter().enumerate() {
                let found = ask(index, wanted, ids.clone(), max)?;
                let is_all = tier + 1 == asked.len() && found.len() <= max;
                ranked.extend(found.into_iter().filter(|it| seen.insert(*it)));
                if is_all || max < ranked.len() {
                    return Ok((ranked, is_all));
                }
            }
            Ok((ranked, false))
        })
    }

    /// What to ask the index for records that match in readable fields: a word that stands in
    /// others of them all would have all of them read.
    fn narrowed(&self, hidden: &Hidden) -> Vec<Expr> {
        let of = |it: &Searched| [Some(it.group), it.key.then_some(Group::Rest)];
        let groups: Vec<Group> = hidden.readable.iter().flat_map(of).flatten().collect();
        let groups = Groups::of(&groups);
        let first = if hidden.name { self.tiers.len() - 1 } else { 0 };
        let tiers = self.tiers[first..].iter();
        tiers.map(|it| it.within(groups).indexable(Negations::LeftOut).expr).collect()
    }

    /// Those of `ids` that match in `readable` fields, the best first.
    fn decided(
        &self,
        reader: &Reader,
        object: &Object,
        readable: &[Searched],
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, Error> {
        let mut ranked: BTreeSet<(usize, RecordId)> = BTreeSet::new();
        for ids in ids.chunks(READ_MAX) {
            let query = self.ctx.access.guard(build::of_ids(object, readable, ids));
            build::each_document(reader, &query, readable, |id, document| {
                if self.tiers.last().is_some_and(|all| all.matches(&document)) {
                    let tier = self.tiers.iter().position(|it| it.matches(&document));
                    ranked.extend(tier.map(|it| (it, id)));
                }
            })?;
        }
        Ok(ranked.into_iter().map(|(_, id)| id).collect())
    }
}

/// An object of which the actor may read some searched fields, and some not.
struct Hidden {
    readable: Vec<Searched>,
    /// Whether one of those that may not be read says how records are called. Then the index
    /// would put them in an order that shows what is in it; they stand in the order of their ids.
    name: bool,
}

impl Hidden {
    fn of(ctx: &Ctx, object: &Object) -> Option<Self> {
        let fields = field::fields(object);
        let readable = field::readable(ctx, object, &fields);
        let name = fields.iter().any(|it| it.group == Group::Name && !readable.contains(it));
        (readable.len() < fields.len()).then_some(Self { readable, name })
    }
}

/// One more than `max` where there are more.
fn ask(
    index: &Reader,
    wanted: &Expr,
    ids: RangeInclusive<RecordId>,
    max: usize,
) -> Result<Vec<RecordId>, Error> {
    Ok(index.find(wanted, ids, max as u64 + 1)?)
}

/// Each id where it stands first.
fn once(ids: Vec<RecordId>) -> Vec<RecordId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|it| seen.insert(*it)).collect()
}

/// How many of each object's records are returned where all together may be `max`: as many of
/// each, and what one leaves over goes to the others.
pub(super) fn shares(counts: &[usize], max: usize) -> Vec<usize> {
    let mut by_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (n, count) in counts.iter().enumerate() {
        by_count.entry(*count).or_default().push(n);
    }
    let mut shares = vec![0; counts.len()];
    let (mut left, mut n_left) = (max, counts.len());
    for (count, places) in by_count {
        for place in places {
            // What does not divide goes to those that come last here: they have the most.
            let share = count.min(left / n_left);
            shares[place] = share;
            (left, n_left) = (left - share, n_left - 1);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn rows_are_shared_out() {
        for (counts, max, shared) in [
            (vec![19, 35], 20, vec![10, 10]),
            (vec![3, 35], 20, vec![3, 17]),
            (vec![3, 4], 20, vec![3, 4]),
            (vec![5, 5, 5], 10, vec![3, 3, 4]),
            (vec![0, 9], 5, vec![0, 5]),
            (vec![7], 0, vec![0]),
            (vec![], 9, vec![]),
        ] {
            assert_eq!(shares(&counts, max), shared, "{counts:?} {max}");
        }
    }
}
