//! Flows, lists that are united, and records that become maps.

use super::*;

const STRING: DataId = DataId(0);
const LIST: DataId = DataId(1);

fn solve(slots: &mut Slots) -> Vec<Watcher> {
    std::iter::from_fn(|| slots.next_due()).collect()
}

#[test]
fn a_content_is_a_cache_line() {
    assert_eq!(std::mem::size_of::<Content>(), 64);
}

#[test]
fn flows_hand_on_and_unite_elements() {
    let mut slots = Slots::new(STRING, 0);
    let (a, b, x, y) = (slots.fresh(), slots.fresh(), slots.fresh(), slots.fresh());
    slots.add_data(a, LIST, &[x]);
    slots.add_data(b, LIST, &[y]);
    slots.flow(a, b);
    slots.add(x, bits::INT);
    slots.add(b, bits::NONE);
    solve(&mut slots);
    assert_eq!(slots.find(x), slots.find(y), "one list may be the other");
    assert_eq!(slots.content(y).scalars, bits::INT);
    assert_eq!(slots.content(a).scalars, 0, "flows go one way");
}

#[test]
fn records_of_other_fields_become_maps() {
    let mut slots = Slots::new(STRING, 0);
    let (a, b, x, y) = (slots.fresh(), slots.fresh(), slots.fresh(), slots.fresh());
    let (one, two) = (slots.record(vec![(Symbol(7), x)], false), slots.record(vec![(Symbol(8), y)], false));
    slots.add_map(a, one);
    slots.add_map(b, two);
    slots.watch_map(one, Watcher(0));
    slots.add(x, bits::INT);
    slots.add(y, bits::BOOL);
    slots.flow(a, b);
    assert_eq!(solve(&mut slots), vec![Watcher(0)]);
    let map = slots.map(one);
    assert!(map.dynamic && map.fields.is_empty());
    assert_eq!(slots.content(map.value).scalars, bits::INT | bits::BOOL);
    assert!(slots.content(map.key).data.contains_key(&STRING));
}
