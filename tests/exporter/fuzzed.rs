//! The parsers' properties (`fuzz/src/targets.rs`) over the corpus and over seeded changes of it. `tests/fuzz.sh` looks longer, and
//! where libFuzzer leads it.
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

#[path = "../../fuzz/src/targets.rs"]
mod targets;

/// What parsers stumble over.
const WORDS: [&[u8]; 24] = [
    b"\"",
    b"\n",
    b"\r\n",
    b",",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"\xff",
    b"\0",
    b"\xe2\x80\xa8",
    b"\\u0000",
    b"*",
    b"${x}",
    b"&a ",
    b"*a ",
    b"9999-12-31T23:59:59Z",
    b"<root_account>",
    b"Root",
];

fn changed(random: &mut fastrand::Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut text = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(..=text.len());
        let to = random.usize(at..=text.len()).min(at + 64);
        match random.u8(..7) {
            0 => drop(text.drain(at..to)),
            1 => text.truncate(at),
            2 if at < text.len() => text[at] ^= 1 << random.u8(..8),
            3 => {
                let again = text[at..to].to_vec();
                text.splice(at..at, again);
            }
            4 => {
                let other = &seeds[random.usize(..seeds.len())];
                let from = random.usize(..=other.len());
                text.splice(at.., other[from..].iter().copied());
            }
            5 => {
                let depth = random.usize(..300);
                text.splice(
                    at..at,
                    std::iter::repeat_n(b"[{(\""[random.usize(..4)], depth),
                );
            }
            _ => {
                let word = WORDS[random.usize(..WORDS.len())];
                text.splice(at..to, word.iter().copied());
            }
        }
    }
    text
}

#[test]
fn parsers_keep_their_properties() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let files = fs::read_dir(corpus.join(name)).unwrap();
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(seeds.len() > 3, "{name}: the corpus");
        for seed in &seeds {
            target(seed);
        }
        let mut random = fastrand::Rng::with_seed(1);
        let begun = Instant::now();
        let mut tried = 0;
        while tried < 20_000 && begun.elapsed() < Duration::from_secs(4) {
            let text = changed(&mut random, &seeds);
            let outcome = std::panic::catch_unwind(|| target(&text));
            let shown = String::from_utf8_lossy(&text);
            assert!(outcome.is_ok(), "{name}: {shown}\n{text:?}");
            tried += 1;
        }
        println!("{name}: {tried} changes of {} files", seeds.len());
    }
}
