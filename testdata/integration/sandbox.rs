//! The program under a filter of system calls: the kernel ends it at the first socket, the first other program, and,
//! where a command only reads, the first file that is opened for writing.

use super::reading::files_below;
use super::support::{mailtrail, root, stderr, stdout};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Output};

/// A call whose argument `n`, under `mask`, is `value`.
fn masked(n: u8, mask: u64, value: u64) -> SeccompRule {
    let c = SeccompCondition::new(n, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(mask), value).unwrap();
    SeccompRule::new(vec![c]).unwrap()
}

fn program(rules: BTreeMap<i64, Vec<SeccompRule>>, then: SeccompAction) -> BpfProgram {
    let arch: TargetArch = std::env::consts::ARCH.try_into().unwrap();
    SeccompFilter::new(rules, SeccompAction::Allow, then, arch).unwrap().try_into().unwrap()
}

/// The filters: `path` is the address of the one name that may be executed.
fn filters(path: u64, writes: bool) -> [BpfProgram; 2] {
    let mut kill: BTreeMap<i64, Vec<SeccompRule>> = [
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept4,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_sendmmsg,
        libc::SYS_recvmsg,
        libc::SYS_io_uring_setup,
        libc::SYS_ptrace,
        libc::SYS_process_vm_writev,
        libc::SYS_execveat,
        libc::SYS_mount,
        libc::SYS_chroot,
        libc::SYS_setxattr,
        libc::SYS_fsetxattr,
    ]
    .into_iter()
    .map(|n| (n, Vec::new()))
    .collect();
    #[cfg(target_arch = "x86_64")]
    kill.extend([libc::SYS_fork, libc::SYS_vfork].map(|n| (n, Vec::new())));
    // The filter is there before the program is: this one name may be executed, and after that its address is none.
    let other = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, path).unwrap();
    kill.insert(libc::SYS_execve, vec![SeccompRule::new(vec![other]).unwrap()]);
    // Threads are no processes.
    kill.insert(libc::SYS_clone, vec![masked(0, libc::CLONE_THREAD as u64, 0)]);
    if !writes {
        let flag = |f: i32| masked(2, f as u64, f as u64);
        kill.insert(
            libc::SYS_openat,
            vec![flag(libc::O_WRONLY), flag(libc::O_RDWR), flag(libc::O_CREAT), flag(libc::O_TRUNC)],
        );
        let calls = [
            libc::SYS_unlinkat,
            libc::SYS_renameat2,
            libc::SYS_mkdirat,
            libc::SYS_linkat,
            libc::SYS_symlinkat,
            libc::SYS_truncate,
            libc::SYS_ftruncate,
            libc::SYS_fchmod,
            libc::SYS_fchmodat,
            libc::SYS_utimensat,
            libc::SYS_openat2,
        ];
        kill.extend(calls.map(|n| (n, Vec::new())));
        #[cfg(target_arch = "x86_64")]
        kill.extend(
            [libc::SYS_open, libc::SYS_creat, libc::SYS_unlink, libc::SYS_rename, libc::SYS_mkdir, libc::SYS_chmod]
                .map(|n| (n, Vec::new())),
        );
    }
    // Its flags stand behind a pointer, where no filter sees them; without it the C library takes clone.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    [program(kill, SeccompAction::KillProcess), program(absent, SeccompAction::Errno(libc::ENOSYS as u32))]
}

/// Runs a program under the filters.
fn caged(program: &str, dir: &Path, args: &[&str], writes: bool) -> Output {
    let c = |s: &[u8]| CString::new(s).unwrap();
    let path = c(program.as_bytes());
    let argv: Vec<CString> = std::iter::once(program).chain(args.iter().copied()).map(|a| c(a.as_bytes())).collect();
    let envp: Vec<CString> = std::env::vars_os()
        .filter(|(k, _)| k != "NO_COLOR")
        .map(|(k, v)| c(&[k.as_bytes(), b"=", v.as_bytes()].concat()))
        .collect();
    let filters = filters(path.as_ptr() as u64, writes);
    let mut command = Command::new(program);
    command.current_dir(dir);
    let exec = move || {
        let list = |all: &[CString]| all.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect::<Vec<_>>();
        let (argv, envp) = (list(&argv), list(&envp));
        for f in &filters {
            seccompiler::apply_filter(f).map_err(|_| std::io::Error::other("the kernel takes no filter"))?;
        }
        #[expect(unsafe_code, reason = "the strings live in this closure, the lists end with a null")]
        unsafe {
            libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr());
        }
        Err(std::io::Error::last_os_error())
    };
    #[expect(unsafe_code, reason = "the child has one thread; all that it allocates is its own")]
    unsafe {
        command.pre_exec(exec);
    }
    command.output().unwrap()
}

/// Names, contents and times of everything below a folder.
fn state(dir: &Path) -> Vec<(String, Vec<u8>, u32, i64, i64)> {
    let mut all: Vec<_> = walkdir::WalkDir::new(dir)
        .sort_by_file_name()
        .into_iter()
        .map(|e| {
            let e = e.unwrap();
            let m = e.metadata().unwrap();
            let data = if m.is_file() { std::fs::read(e.path()).unwrap() } else { Vec::new() };
            (e.path().display().to_string(), data, m.mode(), m.mtime(), m.mtime_nsec())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_filter_itself_bites() {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("a"), "x").unwrap();
    let sh = |script: &str, writes| caged("/bin/sh", d.path(), &["-c", script], writes).status;
    assert!(sh("true", false).success());
    assert!(sh("read x < a; echo $x", false).success());
    assert_eq!(sh("exec /bin/true", true).signal(), Some(libc::SIGSYS), "another program");
    assert_eq!(sh("/bin/true; true", true).signal(), Some(libc::SIGSYS), "a child");
    assert_eq!(sh("echo x > b", false).signal(), Some(libc::SIGSYS), "a file");
    assert!(sh("echo x > b", true).success());
}

#[test]
fn no_command_opens_a_socket_or_runs_anything_and_the_inputs_stay_as_they_were() {
    let d = tempfile::tempdir().unwrap();
    let dir = d.path();
    std::fs::create_dir(dir.join("in")).unwrap();
    for case in ["lagos_forwarding", "aitm_hiding_rule"] {
        for f in files_below(&root().join("testdata/cases").join(case).join("exports")) {
            std::fs::copy(&f, dir.join("in").join(f.file_name().unwrap())).unwrap();
        }
    }
    for name in ["two.7z", "two.tar.xz"] {
        std::fs::copy(root().join("testdata/containers").join(name), dir.join("in").join(name)).unwrap();
    }
    std::fs::write(dir.join("in/vpn.csv"), "when;who;from\n2026-02-02 08:00:00;a@b.example;90.80.30.70\n").unwrap();
    let read_only = |p: &Path, mode| std::fs::set_permissions(p, std::fs::Permissions::from_mode(mode)).unwrap();
    files_below(&dir.join("in")).iter().for_each(|f| read_only(f, 0o444));
    read_only(&dir.join("in"), 0o555);
    let key = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    std::fs::write(dir.join("key"), key.sk.to_box(None).unwrap().into_string()).unwrap();
    std::fs::write(dir.join("pub"), key.pk.to_box().unwrap().into_string()).unwrap();
    let before = state(&dir.join("in"));
    let mmdb = root().join("src/enrich/testdata_mmdb");
    let mmdb = files_below(&mmdb).into_iter().find(|p| p.extension().is_some_and(|e| e == "mmdb")).unwrap();
    let mmdb = mmdb.to_str().unwrap();
    let writing: &[&[&str]] = &[
        &["analyze", "in", "-o", "c", "--geoip", mmdb, "--sign", "key"],
        &["analyze", "in", "-o", "c", "--force", "--json", "--lang", "fr"],
        &["analyze", "c", "-o", "c2", "--set", "score.prior=0.02"],
        &["sign", "c", "--key", "key"],
        &["report", "c", "-o", "r.html"],
        &["demo"],
        &["synth", "--users", "20", "--days", "3", "-o", "s"],
        &["man", "pages"],
    ];
    let mut reading: Vec<Vec<&str>> = [
        "verify c --public-key pub",
        "explain c gaelle.marchand --records 20",
        "report c --lang fr",
        "plan c",
        "plan c --part logbook",
        "inspect in",
        "inspect in/vpn.csv --suggest-map",
        "detectors list",
        "detectors explain inbox_rule",
        "completions bash",
        "help",
    ]
    .iter()
    .map(|l| l.split(' ').collect())
    .collect();
    for f in ["csv", "txt", "stix", "misp", "nft", "ipset", "edl", "entra-named-location", "sigma", "kql"] {
        reading.push(vec!["iocs", "c", "--format", f]);
    }
    for f in ["jsonl", "csv", "ecs", "ocsf"] {
        reading.push(vec!["timeline", "c", "--format", f]);
    }
    reading.push(vec!["iocs", "c", "--format", "exchange-tabl", "--disposition", "block"]);
    reading.push(vec!["sql", "c", "select account from suspects"]);
    let all = writing.iter().map(|a| (a.to_vec(), true)).chain(reading.into_iter().map(|a| (a, false)));
    let mut ran = BTreeSet::new();
    for (args, writes) in all {
        let o = caged(env!("CARGO_BIN_EXE_mailtrail"), dir, &args, writes);
        assert_eq!(o.status.signal(), None, "{args:?} did what it must not");
        // The build without SQL says so.
        let no_sql = args[0] == "sql" && o.status.code() == Some(2) && stderr(&o).contains("--features sql");
        assert!(o.status.success() || no_sql, "{args:?}: {}", stderr(&o));
        assert!(state(&dir.join("in")) == before, "{args:?} changed its inputs");
        ran.insert(args[0].to_string());
    }
    let help = stdout(&mailtrail(dir, &["--help"]));
    let listed = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    for c in listed
        .lines()
        .filter(|l| l.starts_with("  ") && !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
    {
        assert!(ran.contains(c), "{c} was not run");
    }
    read_only(&dir.join("in"), 0o755);
}
