//! `posix_spawn` of the guard: from any thread of any host, without the cost of forking a large one.
#![expect(unsafe_code, reason = "posix_spawn and its attributes are C structures")]

use std::ffi::{CStr, CString, c_char};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use super::signal;

/// What a program leads from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// A session, without a terminal.
    Session,
    /// A background group of this session, with its terminal.
    Group,
}

/// A program to start apart from this process, with `/dev/null` as 0 to 2 and every signal blocked.
#[derive(Debug)]
pub struct Daemon<'a> {
    /// The opened program; its number is 10 or more ([`super::fd::out_of_the_way`]).
    pub program: BorrowedFd<'a>,
    /// Arguments, its name included.
    pub argv: &'a [CString],
    /// How far apart.
    pub leads: Leads,
    /// Its whole environment.
    pub env: &'a [CString],
    /// The one descriptor that it inherits, its number here 10 or more …
    pub channel: BorrowedFd<'a>,
    /// … and its number there.
    pub channel_number: RawFd,
}

/// Starts it and says its pid.
///
/// # Errors
/// What `posix_spawn(3)` says; a failed exec among them.
pub fn daemon(daemon: &Daemon<'_>) -> io::Result<i32> {
    let path = CString::new(format!("/proc/self/fd/{}", daemon.program.as_raw_fd()))?;
    let mut attributes = Attributes::new()?;
    attributes.apart_all_blocked(daemon.leads)?;
    let mut actions = Actions::new()?;
    for number in 0..3 {
        actions.open_null(number)?;
    }
    actions.put_at(daemon.channel.as_raw_fd(), daemon.channel_number)?;
    let argv = pointers(daemon.argv);
    let env = pointers(daemon.env);
    let mut pid = 0;
    // SAFETY: the structures are initialised, both arrays end with null and their strings outlive the call.
    let error = unsafe {
        libc::posix_spawn(
            &raw mut pid,
            path.as_ptr(),
            &raw const actions.0,
            &raw const attributes.0,
            argv.as_ptr(),
            env.as_ptr(),
        )
    };
    result(error).map(|()| pid)
}

fn pointers(strings: &[CString]) -> Vec<*mut c_char> {
    strings.iter().map(|string| string.as_ptr().cast_mut()).chain([std::ptr::null_mut()]).collect()
}

/// The posix_spawn family answers with the error number itself.
fn result(error: i32) -> io::Result<()> {
    if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) }
}

struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    fn new() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: the call initialises the structure or says that it did not.
        result(unsafe { libc::posix_spawnattr_init(raw.as_mut_ptr()) })?;
        // SAFETY: initialised above.
        Ok(Self(unsafe { raw.assume_init() }))
    }

    fn apart_all_blocked(&mut self, leads: Leads) -> io::Result<()> {
        let signals = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        let flags = signals
            | match leads {
                Leads::Session => i32::from(libc::POSIX_SPAWN_SETSID),
                // The group attribute starts as 0: the new process's own.
                Leads::Group => libc::POSIX_SPAWN_SETPGROUP,
            };
        let flags = libc::c_short::try_from(flags).map_err(|_| io::ErrorKind::InvalidInput)?;
        let all = signal::full_set();
        // SAFETY: the structure is initialised and the set lives through the call.
        result(unsafe { libc::posix_spawnattr_setsigmask(&raw mut self.0, &raw const all) })?;
        // SAFETY: as above.
        result(unsafe { libc::posix_spawnattr_setsigdefault(&raw mut self.0, &raw const all) })?;
        // SAFETY: the structure is initialised.
        result(unsafe { libc::posix_spawnattr_setflags(&raw mut self.0, flags) })
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised by `new` and destroyed once.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    fn new() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: the call initialises the structure or says that it did not.
        result(unsafe { libc::posix_spawn_file_actions_init(raw.as_mut_ptr()) })?;
        // SAFETY: initialised above.
        Ok(Self(unsafe { raw.assume_init() }))
    }

    fn open_null(&mut self, number: RawFd) -> io::Result<()> {
        const NULL: &CStr = c"/dev/null";
        // SAFETY: the structure is initialised; the path is copied by the call.
        result(unsafe {
            libc::posix_spawn_file_actions_addopen(&raw mut self.0, number, NULL.as_ptr(), libc::O_RDWR, 0)
        })
    }

    fn put_at(&mut self, source: RawFd, target: RawFd) -> io::Result<()> {
        // SAFETY: the structure is initialised.
        result(unsafe { libc::posix_spawn_file_actions_adddup2(&raw mut self.0, source, target) })
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: initialised by `new` and destroyed once.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}
