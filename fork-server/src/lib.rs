//! Copies of this process, which begin with all that it has loaded and compiled, and end without a trace in it.
//!
//! The copy has the calling thread alone. So whoever copies holds no lock and waits for no thread, and other threads only sleep.

use std::io;

/// Makes a copy that has an environment variable of its own and an empty standard input, and waits for its end. Nothing in the copy;
/// here how it ended, as `std::os::unix::process::ExitStatusExt` has it.
///
/// Where processes cannot be copied (on macOS what handles the engine's faults would be left behind), this one itself is the copy: the
/// first and only.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub fn copy(name: &str, value: &str) -> io::Result<Option<i32>> {
    let empty = std::fs::File::open("/dev/null")?;
    // SAFETY: the copy goes on in this function, and needs nothing of the threads that it does not have (see above).
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // SAFETY: no other thread is there to read the environment meanwhile.
            unsafe { std::env::set_var(name, value) };
            // SAFETY: both are open descriptors; nobody owns the number 0 but the standard library, for which it stays standard input.
            match unsafe { libc::dup2(std::os::fd::AsRawFd::as_raw_fd(&empty), 0) } {
                -1 => Err(io::Error::last_os_error()),
                _ => Ok(None),
            }
        }
        copy => loop {
            let mut status = 0;
            // SAFETY: the status is written to a variable of ours.
            if unsafe { libc::waitpid(copy, &raw mut status, 0) } == copy {
                return Ok(Some(status));
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        },
    }
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub fn copy(name: &str, value: &str) -> io::Result<Option<i32>> {
    // SAFETY: other threads only sleep (see above), and do not read the environment.
    unsafe { std::env::set_var(name, value) };
    Ok(None)
}

#[cfg(all(test, unix, not(target_vendor = "apple")))]
mod tests {
    use std::io::Read;

    /// The copy tells by its exit code what it found.
    #[test]
    fn a_copy_has_its_variable_and_no_input() {
        let here = String::from("still here");
        match super::copy("FORK_SERVER_TEST", "of the copy").expect("a process") {
            Some(status) => assert_eq!(status, 7 << 8),
            None => {
                let input = std::io::stdin().read(&mut [0]).unwrap_or(1);
                let variable = std::env::var("FORK_SERVER_TEST").unwrap_or_default();
                std::process::exit(if variable == "of the copy" && input == 0 && here == "still here" { 7 } else { 1 });
            }
        }
        assert!(std::env::var("FORK_SERVER_TEST").is_err());
    }
}
