//! A command that hands its work to a container engine: `docker run …`, `podman run …`.
//!
//! What the engine starts is its daemon's child and not ours: killing the client leaves the container running. So the container is marked
//! with labels by which it is found again. Pure: changes and makes commands, runs none.

use crate::model::SpawnSpec;

/// Options before the subcommand that take the next word as their value.
const WITH_VALUE: [&[u8]; 15] = [
    b"--config",
    b"-c",
    b"--context",
    b"-H",
    b"--host",
    b"-l",
    b"--log-level",
    b"--tlscacert",
    b"--tlscert",
    b"--tlskey",
    b"--connection",
    b"--url",
    b"--identity",
    b"--root",
    b"--runroot",
];

/// The client of an engine, and the labels of what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRun {
    /// The client with its options and environment, without its subcommand.
    client: SpawnSpec,
    labels: [String; 2],
}

impl ContainerRun {
    /// Marks what `spec` runs, if it is a container: `--label procman.cookie=… --label procman.unit=…` right after `run`.
    pub fn mark(spec: &mut SpawnSpec, cookie: &str, unit: u64) -> Option<Self> {
        let program = spec.command.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if !matches!(program, b"docker" | b"podman") {
            return None;
        }
        let (options, run) = find_run(&spec.args)?;
        let client = SpawnSpec { args: spec.args[..options].to_vec(), ..spec.clone() };
        let labels = [format!("procman.cookie={cookie}"), format!("procman.unit=unit-{unit}")];
        let words = labels.iter().flat_map(|label| [b"--label".to_vec(), label.clone().into_bytes()]);
        spec.args.splice(run + 1..=run, words);
        Some(Self { client, labels })
    }

    /// Lists the ids of what is left of it, one a line.
    #[must_use]
    pub fn list(&self) -> SpawnSpec {
        let filters = self.labels.iter().flat_map(|label| ["--filter".to_owned(), format!("label={label}")]);
        self.command(["ps", "--all", "--quiet", "--no-trunc"].map(str::to_owned).into_iter().chain(filters))
    }

    /// Kills and removes containers.
    #[must_use]
    pub fn remove(&self, ids: &[String]) -> SpawnSpec {
        self.command(["rm", "--force"].map(str::to_owned).into_iter().chain(ids.iter().cloned()))
    }

    /// What a person would type to remove it.
    #[must_use]
    pub fn advice(&self) -> String {
        let client = String::from_utf8_lossy(&self.client.command);
        let [cookie, unit] = &self.labels;
        format!(
            "{client} rm --force $({client} ps --all --quiet --filter label={cookie} --filter label={unit})"
        )
    }

    fn command(&self, words: impl Iterator<Item = String>) -> SpawnSpec {
        let mut spec = self.client.clone();
        spec.args.extend(words.map(String::into_bytes));
        spec
    }
}

/// How many words are the client's own options, and where `run` is.
fn find_run(args: &[Vec<u8>]) -> Option<(usize, usize)> {
    let mut at = 0;
    while args.get(at)?.starts_with(b"-") {
        at += if WITH_VALUE.contains(&args[at].as_slice()) { 2 } else { 1 };
    }
    let run = if args.get(at)? == b"container" { at + 1 } else { at };
    (args.get(run)? == b"run").then_some((at, run))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(line: &str) -> SpawnSpec {
        let mut words = line.split(' ').map(|word| word.as_bytes().to_vec());
        SpawnSpec {
            command: words.next().unwrap(),
            args: words.collect(),
            env: Vec::new(),
            cwd: b"/".to_vec(),
        }
    }

    fn line(spec: &SpawnSpec) -> String {
        let words: Vec<_> =
            [&spec.command].into_iter().chain(&spec.args).map(|word| String::from_utf8_lossy(word)).collect();
        words.join(" ")
    }

    #[test]
    fn labels_stand_right_after_run_whatever_stands_before_it() {
        for (before, after) in [
            ("docker run", "-i --rm mcp/time"),
            ("/usr/bin/podman run", "image run"),
            ("docker container run", "-i image"),
            ("docker --context run -D --host=ssh://x run", "image"),
        ] {
            let mut spec = spec(&format!("{before} {after}"));
            assert!(ContainerRun::mark(&mut spec, "c0", 7).is_some());
            let labels = "--label procman.cookie=c0 --label procman.unit=unit-7";
            assert_eq!(line(&spec), format!("{before} {labels} {after}"));
        }
    }

    #[test]
    fn everything_else_is_left_as_it_is() {
        for command in [
            "docker ps",
            "docker compose run x",
            "dockerx run x",
            "sh -c docker_run",
            "docker",
            "docker --context run",
            "node run",
        ] {
            let mut marked = spec(command);
            assert_eq!(ContainerRun::mark(&mut marked, "c0", 7), None, "{command}");
            assert_eq!(marked, spec(command));
        }
    }

    #[test]
    fn list_and_removal_ask_the_same_engine() {
        let mut spec = spec("docker --context far run --rm image");
        let run = ContainerRun::mark(&mut spec, "c0", 7).unwrap();
        let list = "docker --context far ps --all --quiet --no-trunc --filter label=procman.cookie=c0 --filter label=procman.unit=unit-7";
        assert_eq!(line(&run.list()), list);
        assert_eq!(
            line(&run.remove(&["a".to_owned(), "b".to_owned()])),
            "docker --context far rm --force a b"
        );
        assert!(run.advice().contains("label=procman.cookie=c0"));
    }
}
