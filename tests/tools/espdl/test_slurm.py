"""espdl eval --slurm on a real slurmctld with four slurmd on this machine, one of which is killed in the middle: the report is that of a local run.

Usage: test_slurm.py ESPDL         Needs Debian's slurm-wlm and munge, and root; exit code 77 without them.
"""
import filecmp
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "components/imagenet_cls/models/p4/shapes_cls_mobilenetv2_s8.espdl"
PICTURES = ROOT / "components/imagenet_cls/models/calibration"
NODES = 4
COPIES = 480  # of each picture: long enough for somebody to be killed


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Cluster:
    """Slurm with a folder and ports of its own."""

    def __init__(self, folder):
        self.folder, self.processes = folder, {}
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        ports = free_ports(NODES + 1)
        host = socket.gethostname()
        nodes = "\n".join(f"NodeName=n{i} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[i + 1]} CPUs=1 State=UNKNOWN" for i in range(NODES))
        (folder / "slurm.conf").write_text(f"""ClusterName=deskboard
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=1
SlurmdTimeout=10
SlurmctldTimeout=10
InactiveLimit=0
KillWait=2
MinJobAge=60
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmctldParameters=enable_configless
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
        (folder / "state").mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)

    def start(self, name, *command):
        log = open(self.folder / f"{name}.out", "wb")
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=self.environment, start_new_session=True)

    def run(self):
        f = self.folder
        self.start("munge", "munged", "--foreground", "--force", f"--key-file={f}/munge.key", f"--socket={f}/munge.socket",
                   f"--pid-file={f}/munge.pid", f"--log-file={f}/munge.log", f"--seed-file={f}/munge.seed")
        self.wait(lambda: (f / "munge.socket").exists())
        self.start("slurmctld", "slurmctld", "-D", "-c")
        for i in range(NODES):
            (f / f"spool-n{i}").mkdir()
            self.start(f"n{i}", "slurmd", "-D", "-N", f"n{i}")
        self.wait(lambda: self.command("sinfo", "-h", "-N", "-o", "%T").split().count("idle") == NODES)

    def command(self, *arguments):
        return subprocess.run(arguments, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def wait(self, condition, seconds=90):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"the cluster does not come up: see {self.folder}")
            time.sleep(0.2)

    def processes_of(self, name):
        """What runs on a node for a job."""
        parents = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rsplit(")", 1)[1].split()
                command = (entry.parent / "cmdline").read_bytes().decode(errors="replace")
                environment = (entry.parent / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            parents[int(entry.parent.name)] = (int(fields[1]), command, environment)
        conf = f"SLURM_CONF={self.folder}/slurm.conf"
        doomed = [pid for pid, (_, command, environment) in parents.items()
                  if conf in environment and (f"SLURMD_NODENAME={name}\0" in environment or f"spool-{name}" in command)]
        # The step's daemon, which would tell the controller that its task was killed.
        doomed += {parents[pid][0] for pid in doomed if parents.get(parents[pid][0], (0, "", ""))[1].startswith("slurmstepd")}
        return doomed

    def kill_a_busy_node(self):
        """A node and what runs on it, as if its power failed: (its name, the number of processes); None where no node has work."""
        for name in (f"n{i}" for i in range(NODES)):
            doomed = self.processes_of(name)
            if doomed:
                for pid in [self.processes[name].pid] + doomed:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                return name, len(doomed)
        return None

    def stop(self):
        for process in reversed(list(self.processes.values())):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    espdl = sys.argv[1]
    missing = [program for program in ("slurmctld", "slurmd", "sbatch", "munged") if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")]
    if missing or os.getuid() != 0:
        print(f"SKIPPED: root, slurm-wlm and munge are needed ({', '.join(missing)} missing): nothing is submitted")
        return 77
    os.environ["PATH"] += ":/usr/sbin"
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = Cluster(folder)
    try:
        data = folder / "data"
        for copy in range(COPIES):
            (data / f"{copy:03}").mkdir(parents=True)
            for picture in PICTURES.glob("*.jpg"):
                os.link(picture, data / f"{copy:03}" / picture.name) if os.stat(picture).st_dev == os.stat(folder).st_dev else shutil.copy(
                    picture, data / f"{copy:03}" / picture.name)
        names = folder / "names.txt"
        names.write_text("".join(f"{i:03}\n" for i in range(COPIES)))
        common = [espdl, "eval", str(MODEL), "--data", str(data), "--classes", str(names)]
        subprocess.run([*common, "--out", str(folder / "local")], check=True, stdout=subprocess.DEVNULL)
        cluster.run()
        out = folder / "slurm"
        run = subprocess.Popen([*common, "--out", str(out), "--slurm", str(2 * NODES), "--slurm-option=--time=10"], env=cluster.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

        def lines():
            return sum(path.read_bytes().count(b"\n") for path in out.glob("*.journal"))

        killed = None
        while run.poll() is None and not killed:
            time.sleep(0.02)
            killed = cluster.kill_a_busy_node() if lines() >= 60 else None
        at_kill = lines()
        _, messages = run.communicate(timeout=600)
        print(messages.strip())
        print(f"killed {killed[0]} and {killed[1]} processes on it when" if killed else "no node had work to kill when",
              f"{at_kill} of {32 * COPIES} pictures were done")
        if run.returncode or not killed or at_kill >= 32 * COPIES:
            print("FAILED: the run, or the killing")
            return 1
        files = sorted(path.name for path in (folder / "local").iterdir() if path.suffix != ".journal")
        differing = [name for name in files if not filecmp.cmp(folder / "local" / name, out / name, shallow=False)]
        print(f"{len(files)} files compared with the local run's, {len(differing)} differ {differing}")
        return 1 if differing or "report.json" not in files else 0
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
