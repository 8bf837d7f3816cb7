//! The folder of one process under `/proc`, held open: everything read through it is of one and the same process, whatever becomes of its
//! number. Reading fails when that process was reaped.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::{Mode, fstat};

use super::stat_line::Stat;

/// An open `/proc/<pid>`.
#[derive(Debug)]
pub struct ProcessFolder {
    folder: OwnedFd,
}

impl ProcessFolder {
    /// Opens it for whoever has the number now.
    ///
    /// # Errors
    /// ENOENT when nobody has it, or whoever has it is hidden (`hidepid`); EMFILE without a free descriptor.
    pub fn open(pid: i32) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = nix::fcntl::open(format!("/proc/{pid}").as_str(), flags, Mode::empty())?;
        Ok(Self { folder })
    }

    /// Its effective user id, and the number that the kernel gave to the folder.
    ///
    /// The owner of the folder and not of a file in it: files of a process that may not be dumped belong to root. The number stays as long as the
    /// process does and the kernel has the memory to keep it; who has the same pid later gets a folder with another one.
    ///
    /// # Errors
    /// What `fstat(2)` says.
    pub fn owner(&self) -> io::Result<(u32, u64)> {
        let stat = fstat(&self.folder)?;
        Ok((stat.st_uid, stat.st_ino))
    }

    /// Its line of `stat`, with the user id.
    ///
    /// # Errors
    /// ESRCH or ENOENT when it was reaped; `InvalidData` for a line of an unknown form.
    pub fn stat(&self) -> io::Result<Stat> {
        self.stat_of(self.owner()?.0)
    }

    /// The same where the user id is known.
    ///
    /// # Errors
    /// As [`ProcessFolder::stat`].
    pub fn stat_of(&self, uid: u32) -> io::Result<Stat> {
        let mut buffer = [0; 1024];
        let size = self.open_file("stat")?.read(&mut buffer)?;
        Stat::parse(&buffer[..size], uid).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Adds the bytes of its command line to `into`, arguments divided by NUL; at most `limit` of them. None for a zombie and for a
    /// thread of the kernel.
    ///
    /// # Errors
    /// ESRCH or ENOENT when it was reaped.
    pub fn command_line(&self, limit: usize, into: &mut Vec<u8>) -> io::Result<()> {
        read_up_to(&mut self.open_file("cmdline")?, limit, into)
    }

    /// Adds the bytes of the environment that it was started with to `into`, entries divided by NUL; at most `limit` of them.
    ///
    /// # Errors
    /// EACCES for a process that may not be traced; ESRCH or ENOENT when it was reaped.
    pub fn environment(&self, limit: usize, into: &mut Vec<u8>) -> io::Result<()> {
        read_up_to(&mut self.open_file("environ")?, limit, into)
    }

    /// The path of its executable.
    ///
    /// # Errors
    /// EACCES for a process that may not be traced; ENOENT for a thread of the kernel, and when it was reaped.
    pub fn executable(&self) -> io::Result<Vec<u8>> {
        Ok(readlinkat(&self.folder, "exe")?.into_vec())
    }

    /// The kernel's number of the pid namespace that it is in.
    ///
    /// # Errors
    /// EACCES for a process that may not be traced; ESRCH or ENOENT when it was reaped; `InvalidData` for a name of an unknown form.
    pub fn pid_namespace(&self) -> io::Result<u64> {
        // Following the link would have the kernel make a file of the namespace for each question, at twice the cost.
        let name = readlinkat(&self.folder, "ns/pid")?;
        let number =
            name.to_str().and_then(|name| name.strip_prefix("pid:[")?.strip_suffix(']')?.parse().ok());
        number.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        Ok(File::from(openat(self.folder.as_fd(), name, flags, Mode::empty())?))
    }
}

/// Most are short, and then one call reads them: what the kernel makes of a process ends with the first read that is not full.
fn read_up_to(file: &mut File, limit: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut left = limit;
    while left > 0 {
        let room = left.min(buffer.len());
        let size = file.read(&mut buffer[..room])?;
        into.extend_from_slice(&buffer[..size]);
        if size < room {
            break;
        }
        left -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn own_folder_tells_what_this_process_is() {
        let folder = ProcessFolder::open(std::process::id().cast_signed()).unwrap();
        let stat = folder.stat().unwrap();
        assert_eq!((stat.pid, stat.uid), (std::process::id().cast_signed(), nix::unistd::geteuid().as_raw()));
        assert_ne!(stat.image, [0; 6]);
        let mut line = Vec::new();
        folder.command_line(1 << 20, &mut line).unwrap();
        let program = std::env::args().next().unwrap();
        assert!(line.starts_with(program.as_bytes()));
        assert_eq!(
            folder.executable().unwrap(),
            std::env::current_exe().unwrap().into_os_string().into_vec()
        );
        assert_eq!(folder.pid_namespace().unwrap(), std::fs::metadata("/proc/self/ns/pid").unwrap().ino());
    }

    #[test]
    fn long_command_line_is_read_whole_and_cut_where_it_is_told() {
        let long = "x".repeat(20_000);
        #[expect(clippy::disallowed_methods, reason = "a test starts its own process")]
        let mut child = std::process::Command::new("/bin/sh")
            .args(["-c", "echo; read line", &long])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The parent goes on before the kernel knows where the command line of the new program ends.
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        let folder = ProcessFolder::open(child.id().cast_signed()).unwrap();
        let read = |limit: usize| {
            let mut line = Vec::new();
            folder.command_line(limit, &mut line).unwrap();
            line
        };
        // The kernel lets the parent go on a moment before the arguments are in their place.
        while read(1).is_empty() {
            std::thread::yield_now();
        }
        let (whole, cut) = (read(1 << 20), read(5000));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(whole.len(), "/bin/sh\0-c\0echo; read line\0".len() + long.len() + 1);
        assert_eq!(cut, whole[..5000]);
    }

    #[test]
    fn folder_of_a_reaped_process_is_never_that_of_another() {
        #[expect(clippy::disallowed_methods, reason = "a test starts its own victim")]
        let mut child =
            std::process::Command::new("/bin/cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let folder = ProcessFolder::open(child.id().cast_signed()).unwrap();
        assert!(folder.stat().is_ok());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(folder.stat().is_err());
        assert!(folder.command_line(1, &mut Vec::new()).is_err());
    }
}
