use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("procman-pids-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn list(&self) -> PathBuf {
        self.0.join(".pids/services.pids")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_added_is_in_the_format_of_the_shell_library() {
    let folder = Folder::new("add");
    let pid = std::process::id().cast_signed();
    PidsFile::add(&folder.list(), "orchestrator", pid).unwrap();
    let read = |index: usize| fs::read_to_string(&files_of(&folder.list())[index]).unwrap();
    let pgid = prctl::group_of(pid).unwrap();
    assert_eq!(
        [read(0), read(1), read(2)],
        [format!("{pid}\n"), format!("PGID:orchestrator:{pgid}\n"), format!("orchestrator:{pid}\n")]
    );
    let list = PidsFile::read(&folder.list()).unwrap();
    let identities = vec![procfs::look(pid).unwrap().0];
    let service = Some("orchestrator".into());
    assert_eq!(
        list.entries,
        [Entry { pid, service, pgid: Some(pgid), identities, is_partly_unknown: false }]
    );
    assert!(list.written_at.is_some());
}

/// The first process of a container leads group 1, and who was let in from outside is in group 0: a list of them could not be read any more.
#[test]
fn groups_that_are_nobodys_own_are_none() {
    let folder = Folder::new("groups");
    fs::create_dir_all(folder.list().parent().unwrap()).unwrap();
    let [pids, groups, services, _] = files_of(&folder.list());
    fs::write(&pids, "1234\n5678\n").unwrap();
    fs::write(&services, "web:1234\napi:5678\n").unwrap();
    fs::write(&groups, "PGID:web:1\nPGID:api:0\n").unwrap();
    let list = PidsFile::read(&folder.list()).unwrap();
    assert!(list.entries.iter().all(|entry| entry.pgid.is_none()), "{list:?}");
}

#[test]
fn a_line_without_an_identity_is_known_to_have_none() {
    let folder = Folder::new("partly");
    let own = std::process::id().cast_signed();
    PidsFile::add(&folder.list(), "web", own).unwrap();
    append(&folder.list(), &format!("{own}\n1234\n")).unwrap();
    let list = PidsFile::read(&folder.list()).unwrap();
    let told: Vec<_> =
        list.entries.iter().map(|entry| (entry.identities.len(), entry.is_partly_unknown)).collect();
    assert_eq!(told, [(1, true), (0, true)]);
}

#[test]
fn a_pipe_in_the_place_of_a_list_is_refused_and_not_waited_for() {
    let folder = Folder::new("pipe");
    fs::create_dir_all(folder.list().parent().unwrap()).unwrap();
    nix::unistd::mkfifo(&folder.list(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let error = PidsFile::read(&folder.list()).unwrap_err();
    assert!(error.message().contains("is no file"), "{error}");
}

/// The shell writes the pid twice where both of its ways are used, a group without a number, and one file without the others.
#[test]
fn what_the_shell_library_writes_is_read() {
    let folder = Folder::new("read");
    fs::create_dir_all(folder.list().parent().unwrap()).unwrap();
    let [pids, groups, services, _] = files_of(&folder.list());
    fs::write(&pids, "1234\n5678\n\n 9012 \n1234\n").unwrap();
    let bare = PidsFile::read(&folder.list()).unwrap();
    assert_eq!(bare.entries.iter().map(|entry| entry.pid).collect::<Vec<_>>(), [1234, 5678, 9012]);
    assert!(bare.entries.iter().all(|entry| entry.service.is_none() && entry.pgid.is_none()));
    fs::write(&groups, "PGID:orchestrator:1234\nPGID:scaffold-agent:\n").unwrap();
    fs::write(&services, "orchestrator:1234\nscaffold-agent:5678\n").unwrap();
    let whole = PidsFile::read(&folder.list()).unwrap();
    let entry = |pid, service: Option<&str>, pgid| Entry {
        pid,
        service: service.map(str::to_owned),
        pgid,
        identities: Vec::new(),
        is_partly_unknown: true,
    };
    assert_eq!(
        whole.entries,
        [
            entry(1234, Some("orchestrator"), Some(1234)),
            entry(5678, Some("scaffold-agent"), None),
            entry(9012, None, None)
        ]
    );
}

#[test]
fn what_is_not_of_the_format_is_named_by_file_and_line() {
    let folder = Folder::new("bad");
    fs::create_dir_all(folder.list().parent().unwrap()).unwrap();
    let [pids, groups, services, identities] = files_of(&folder.list());
    let message = || PidsFile::read(&folder.list()).unwrap_err().message().to_owned();
    assert!(message().contains("cannot be read"));
    for bad in ["1234\nabc\n", "1234\n1\n", "1234\n-5\n", "1234\n99999999999\n"] {
        fs::write(&pids, bad).unwrap();
        assert!(
            message().contains("services.pids cannot be used: line 2 must be a pid above 1"),
            "{}",
            message()
        );
    }
    fs::write(&pids, "1234\n").unwrap();
    fs::write(&services, "orchestrator\n").unwrap();
    assert!(message().contains("services.pids.services") && message().contains("line 1"));
    fs::write(&services, "orchestrator:1234\n").unwrap();
    fs::write(&groups, "orchestrator:1234\n").unwrap();
    assert!(message().contains("services.pids.groups"));
    fs::write(&groups, "").unwrap();
    // A disk was full: the times tell.
    for bad in ["1234\n", "1234:5\n", "1234::b:1.2\n", "1234:5:b:c:d\n"] {
        fs::write(&identities, bad).unwrap();
        let list = PidsFile::read(&folder.list()).unwrap();
        assert!(list.entries.iter().all(|entry| entry.identities.is_empty() && entry.is_partly_unknown));
    }
}

/// A shell that removes a list leaves its identities: what it recorded then was taken for a stranger.
#[test]
fn identities_of_a_list_that_was_made_anew_are_of_nobody() {
    let folder = Folder::new("anew");
    let own = std::process::id().cast_signed();
    PidsFile::add(&folder.list(), "web", own).unwrap();
    let [pids, groups, services, _] = files_of(&folder.list());
    for file in [&pids, &groups, &services] {
        fs::remove_file(file).unwrap();
    }
    append(&pids, &format!("{own}\n")).unwrap();
    let list = PidsFile::read(&folder.list()).unwrap();
    assert!(list.entries[0].identities.is_empty() && list.entries[0].is_partly_unknown, "{list:?}");
}

/// All but the last were compared with the group of the last, and left alone as uncertain.
#[test]
fn each_process_of_a_service_has_its_own_group() {
    let folder = Folder::new("two");
    fs::create_dir_all(folder.list().parent().unwrap()).unwrap();
    let [pids, groups, services, _] = files_of(&folder.list());
    fs::write(&pids, "1234\n5678\n").unwrap();
    fs::write(&services, "web:1234\nweb:5678\n").unwrap();
    fs::write(&groups, "PGID:web:1234\nPGID:web:5678\n").unwrap();
    let own = |list: &PidsFile| list.entries.iter().map(|entry| entry.pgid).collect::<Vec<_>>();
    assert_eq!(own(&PidsFile::read(&folder.list()).unwrap()), [Some(1234), Some(5678)]);
    fs::write(&groups, "PGID:web:5678\n").unwrap();
    assert_eq!(own(&PidsFile::read(&folder.list()).unwrap()), [Some(5678), Some(5678)]);
}

#[test]
fn a_name_that_breaks_the_format_and_a_dead_pid_are_refused() {
    let folder = Folder::new("refused");
    let own = std::process::id().cast_signed();
    for name in ["", "a:b", "a\nb"] {
        let error = PidsFile::add(&folder.list(), name, own).unwrap_err();
        assert!(error.message().contains("without colon"), "{error}");
    }
    for pid in [0, -1, i32::MAX] {
        let error = PidsFile::add(&folder.list(), "x", pid).unwrap_err();
        assert!(error.message().contains(&format!("no process has pid {pid}")), "{error}");
    }
    assert!(!folder.list().exists());
}
