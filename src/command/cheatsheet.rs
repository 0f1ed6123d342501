//! `mochi cheatsheet`: the language on one page.

use crate::failure::Outcome;

const PAGE: &str = r#"let name = "Mochi"            // cannot be assigned again
var count = 0                 // can
count = count + 1

fun area(w: int, h: int): int { return w * h }
let double = fun(x: int): int => x * 2
let wide = area(10)           // fewer arguments: a function of the rest

if count > 3 { print("many") } else if count > 0 { print("some") } else { print("none") }
for i in 0..10 { print(i) }   // 0 to 9
for x in [1, 2, 3] { if x == 2 { continue } print(x) }
while count < 3 { count = count + 1 }
let size = if count > 2 then "big" else "small"

let xs = [1, 2, 3]            // lists, maps and structs are shared, not copied
let more = append(xs, 4)      // a new list
print(more[0], more[-1], more[1:3], len(more), 2 in more)
let ages = {"Ann": 31, "Bob": 27}
print(ages["Ann"], ages["Eve"] ?? 0, keys(ages))
let text = "héllo"
print(text[1], text[1:3], len(text), text + "!", str(42) + "%")

type Point { x: int  y: int  fun norm(): int { return x * x + y * y } }
let p = Point { x: 3, y: 4 }
print(p.x, p.norm())
type Shape = Circle(r: float) | Rect(w: float, h: float) | Empty
fun size_of(s: Shape): float {
  return match s { Circle(r) => 3.14 * r * r  Rect(w, h) => w * h  Empty => 0.0 }
}

let people = [{name: "Ann", age: 31, city: "Oslo"}, {name: "Bob", age: 27, city: "Rome"}]
print(from p in people where p.age > 30 sort by p.name select p.name)
print(from p in people group by p.city into g select {city: g.key, n: count(g)})
print(sum(from p in people select p.age), "3" as int + 1, 7 / 2, 7.0 / 2.0)

test "arithmetic" { expect 1 + 1 == 2 }
"#;

pub fn cheatsheet() -> Outcome {
    anstream::print!("{PAGE}");
    Ok(0)
}
