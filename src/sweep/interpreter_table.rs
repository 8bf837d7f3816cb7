//! Programs that run other programs' scripts, and how their command lines are written. Data.

/// How one family of interpreters is called.
pub(super) struct Interpreter {
    /// Basenames; a version behind them (`python3.12`) makes no difference.
    pub(super) names: &'static [&'static str],
    /// Letters of short options that take the next word, unless their value is attached.
    pub(super) short_with_value: &'static str,
    /// Long options that take the next word, unless it is attached by `=`.
    pub(super) long_with_value: &'static [&'static str],
    /// Options that bring the program themselves: no script follows.
    pub(super) inline: &'static [&'static str],
    /// The letter of the short option whose value is a module to run.
    pub(super) module: Option<char>,
    /// Commands of its own that may stand before the script.
    pub(super) commands: &'static [&'static str],
    /// Without one of `commands` no script follows.
    pub(super) needs_command: bool,
    /// What it runs is named like a package, perhaps with a version.
    pub(super) runs_packages: bool,
}

const PLAIN: Interpreter = Interpreter {
    names: &[],
    short_with_value: "",
    long_with_value: &[],
    inline: &[],
    module: None,
    commands: &[],
    needs_command: false,
    runs_packages: false,
};

const NODE_VALUES: &[&str] = &[
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "--conditions",
    "--env-file",
    "--title",
    "--input-type",
    "--icu-data-dir",
    "--openssl-config",
    "--redirect-warnings",
    "--diagnostic-dir",
    "--report-dir",
    "--report-directory",
    "--cpu-prof-dir",
    "--heap-prof-dir",
    "--unhandled-rejections",
    "--watch-path",
    "--test-name-pattern",
    "--test-reporter",
    "--test-reporter-destination",
    "--test-concurrency",
    "--dns-result-order",
    "--trace-event-categories",
    "--tsconfig",
];

pub(super) const INTERPRETERS: [Interpreter; 14] = [
    Interpreter {
        names: &["node", "nodejs", "tsx", "ts-node"],
        short_with_value: "rC",
        long_with_value: NODE_VALUES,
        inline: &["-e", "-p", "--eval", "--print", "--run"],
        commands: &["watch", "inspect"],
        ..PLAIN
    },
    Interpreter {
        names: &["bun"],
        short_with_value: "rc",
        long_with_value: &["--preload", "--cwd", "--config", "--env-file"],
        inline: &["-e", "-p", "--eval", "--print"],
        commands: &["run", "x"],
        ..PLAIN
    },
    Interpreter {
        names: &["deno"],
        short_with_value: "c",
        long_with_value: &["--config", "--import-map", "--lock", "--env-file"],
        commands: &["run", "serve"],
        needs_command: true,
        ..PLAIN
    },
    Interpreter {
        names: &["sh", "bash", "dash", "ash", "zsh", "ksh"],
        short_with_value: "oO",
        long_with_value: &["--rcfile", "--init-file"],
        inline: &["-c", "-s"],
        ..PLAIN
    },
    Interpreter {
        names: &["python", "pypy"],
        short_with_value: "WXQ",
        long_with_value: &["--check-hash-based-pycs"],
        inline: &["-c"],
        module: Some('m'),
        ..PLAIN
    },
    Interpreter { names: &["ruby"], short_with_value: "IrCE", inline: &["-e"], ..PLAIN },
    Interpreter { names: &["perl"], short_with_value: "IMm", inline: &["-e", "-E"], ..PLAIN },
    Interpreter {
        names: &["npx", "pnpx", "bunx"],
        short_with_value: "pw",
        long_with_value: &["--package", "--workspace", "--registry", "--cache", "--userconfig"],
        inline: &["-c", "--call"],
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["npm"],
        short_with_value: "w",
        long_with_value: &["--package", "--prefix", "--workspace", "--registry", "--cache", "--userconfig"],
        inline: &["-c", "--call"],
        commands: &["exec", "x"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["pnpm"],
        short_with_value: "CF",
        long_with_value: &["--dir", "--filter", "--package"],
        inline: &["-c", "--shell-mode"],
        commands: &["exec", "dlx"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["yarn", "yarnpkg"],
        short_with_value: "p",
        long_with_value: &["--cwd", "--package"],
        commands: &["exec", "dlx"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["uvx"],
        short_with_value: "p",
        long_with_value: &["--from", "--with", "--python", "--directory", "--index-url"],
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["uv"],
        short_with_value: "p",
        long_with_value: &["--from", "--with", "--python", "--directory", "--project", "--env-file"],
        commands: &["run", "tool"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["pipx"],
        long_with_value: &["--spec", "--python"],
        commands: &["run"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
];
