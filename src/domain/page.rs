//! Key-set paging: a page is a range of a key, never an offset, so that deep pages cost what first pages cost and
//! rows inserted meanwhile move nothing.
//!
//! One row more than asked for is read to know whether there are more. It knows keys, not how clients spell them.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, QueryResult, Value,
    sea_query::{Alias, Expr, Order, Query, SelectStatement, UnionType},
};

/// Which end of the list a page is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// `first`: from the beginning, or from just after a cursor.
    First,
    /// `last`: from the end, or from just before a cursor.
    Last,
}

/// A page somebody asks for, in a list ordered by keys of type `K`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest<K> {
    /// Which end it is taken from.
    pub end: End,
    /// How many items at most.
    pub size: u32,
    /// Only what comes after this key.
    pub after: Option<K>,
    /// Only what comes before this key.
    pub before: Option<K>,
}

impl<K: Clone + Into<Value>> PageRequest<K> {
    /// Narrows `select` to this page of a list in ascending order of `column`, whose values are unique in it.
    pub(super) fn apply(&self, select: &mut SelectStatement, column: impl ColumnTrait) {
        if let Some(after) = &self.after {
            select.and_where(column.gt(after.clone()));
        }
        if let Some(before) = &self.before {
            select.and_where(column.lt(before.clone()));
        }
        let order = if self.end == End::First { Order::Asc } else { Order::Desc };
        select.order_by(column.as_column_ref(), order);
        select.limit(self.rows());
    }
}

impl<K> PageRequest<K> {
    /// How many rows to read: one more than the page has.
    pub(super) const fn rows(&self) -> u64 {
        self.size as u64 + 1
    }

    /// Puts rows that were read together with those of other pages into the order of this page's end.
    fn sort<R>(&self, rows: &mut [R], key: impl Fn(&R) -> i64) {
        rows.sort_unstable_by_key(|row| if self.end == End::First { key(row) } else { -key(row) });
    }
}

/// A page, in the order of its list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether there is more after it.
    pub has_next: bool,
    /// Whether there is more before it.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// From the rows that [`PageRequest::rows`] asked for, read from the end the request names.
    pub(super) fn new<K>(mut rows: Vec<T>, request: &PageRequest<K>) -> Self {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        match request.end {
            End::First => Self { items: rows, has_next: has_more, has_previous: request.after.is_some() },
            End::Last => {
                rows.reverse();
                Self { items: rows, has_next: request.before.is_some(), has_previous: has_more }
            }
        }
    }

    /// A page with nothing on it.
    pub const fn empty() -> Self {
        Self { items: Vec::new(), has_next: false, has_previous: false }
    }
}

/// A page to read: where from, and which.
pub(super) type Asked<'a> = (SelectStatement, &'a PageRequest<i64>);

/// Reads several pages in one statement: each keeps its own range and limit, so each is read as cheaply as alone.
/// (A window function over all of them would read every row of every list first.) `key` is what the pages are ordered
/// by.
pub(super) async fn side_by_side<R>(
    connection: &impl ConnectionTrait,
    asked: Vec<Asked<'_>>,
    parse: impl Fn(&QueryResult) -> Result<R, DbErr>,
    key: impl Fn(&R) -> i64,
) -> Result<Vec<Page<R>>, DbErr> {
    let mut pages: Vec<Vec<R>> = asked.iter().map(|_| Vec::new()).collect();
    let (selects, requests): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    if let Some(select) = union(selects) {
        for row in connection.query_all(&select).await? {
            let number: i32 = row.try_get("", PAGE_COLUMN)?;
            let page = usize::try_from(number).ok().and_then(|number| pages.get_mut(number));
            page.ok_or_else(|| DbErr::Custom("a row of no page".to_owned()))?.push(parse(&row)?);
        }
    }
    let in_order = |(mut rows, request): (Vec<R>, &PageRequest<i64>)| {
        request.sort(&mut rows, &key);
        Page::new(rows, request)
    };
    Ok(pages.into_iter().zip(requests).map(in_order).collect())
}

/// The column that tells which of several pages a row belongs to.
const PAGE_COLUMN: &str = "page_number";

fn union(pages: Vec<SelectStatement>) -> Option<SelectStatement> {
    let mut numbered = pages.into_iter().zip(0_i32..).map(|(mut page, number)| {
        page.expr_as(Expr::val(number), Alias::new(PAGE_COLUMN));
        // SQLite takes an ORDER BY inside a UNION only in a subquery.
        Query::select().expr(Expr::cust("*")).from_subquery(page, Alias::new(format!("page_{number}"))).take()
    });
    let mut all = numbered.next()?;
    for page in numbered {
        all.union(UnionType::All, page);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(end: End, after: Option<i64>, before: Option<i64>) -> PageRequest<i64> {
        PageRequest { end, size: 2, after, before }
    }

    #[test]
    fn the_row_too_many_says_that_there_is_more() {
        let page = Page::new(vec![1, 2, 3], &request(End::First, None, None));
        assert_eq!((page.items, page.has_next, page.has_previous), (vec![1, 2], true, false));
        let page = Page::new(vec![1, 2], &request(End::First, Some(0), None));
        assert_eq!((page.items, page.has_next, page.has_previous), (vec![1, 2], false, true));
    }

    #[test]
    fn a_page_from_the_end_is_in_the_order_of_the_list() {
        let page = Page::new(vec![9, 8, 7], &request(End::Last, None, None));
        assert_eq!((page.items, page.has_next, page.has_previous), (vec![8, 9], false, true));
        let page = Page::new(vec![9], &request(End::Last, None, Some(10)));
        assert_eq!((page.items, page.has_next, page.has_previous), (vec![9], true, false));
    }
}
