// Runs before every npm script, on whatever Node is there, with nothing installed yet: installs exactly what
// package-lock.json says when that has not been done for this lockfile. After it, npm scripts find Node 24 first
// on their path (the npm package "node"). Only what Node 20 has can be used here.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const stamp = 'node_modules/.leakstop-installed';
const lock = '.sandbox/installing';
const lockfile = readFileSync('package-lock.json');
const wanted = createHash('sha256').update(lockfile).digest('hex');
const packages = Object.keys(JSON.parse(lockfile.toString()).packages ?? {}).filter(
  (path) => path !== '',
).length;
const [isTerminal, begun] = [process.stderr.isTTY === true, Date.now()];

const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;

/** What goes on, with the time that it took so far: one line that is kept up to date, or a line now and then. */
function showProgress(text) {
  const tell = () => {
    const line = `${text()} (${Math.round((Date.now() - begun) / 1000)} s)`;
    process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
  tell();
  const timer = setInterval(tell, isTerminal ? 500 : 10_000);
  return () => {
    clearInterval(timer);
    process.stderr.write(isTerminal ? '\r\u001b[K' : '');
  };
}

/** Only one of several npm scripts installs; the lock of one that has ended is worth nothing. */
function takeLock() {
  mkdirSync('.sandbox', { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : NaN);
    if (Number.isInteger(holder) && holder > 0 && !isAlive(holder)) {
      rmSync(lock, { force: true });
      return takeLock();
    }
    return false;
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs npm; what it fetches is counted, and what it complains of is kept for the end. */
function runNpm() {
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=http', '--no-progress'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  });
  process.once('exit', () => child.kill());
  let fetched = 0;
  const complaints = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/^npm (http|verb|info|warn)\b/i.test(line)) {
      fetched += /^npm http (fetch GET 200|cache)\b.*\.tgz/.test(line) ? 1 : 0;
    } else {
      complaints.push(line);
    }
  });
  const stop = showProgress(() =>
    fetched === 0
      ? `Installing the ${packages} packages of package-lock.json, once: that takes up to three minutes`
      : `Installing: ${Math.min(fetched, packages)} of ${packages} packages are here`,
  );
  return new Promise((resolve) => {
    child.once('error', (error) => complaints.push(error.message));
    child.once('close', (code) => {
      stop();
      resolve({ code, complaints });
    });
  });
}

async function install() {
  const { code, complaints } = await runNpm();
  if (code === 0) {
    mkdirSync('node_modules', { recursive: true });
    writeFileSync(stamp, wanted);
    process.stderr.write(`Installed ${packages} packages in ${Math.round((Date.now() - begun) / 1000)} s.\n`);
    return;
  }
  process.stderr.write(
    `${complaints.slice(-20).join('\n')}\n\nCannot install: "npm ci" failed. Look at the lines above: is the registry reachable, is the disk full, does another program use node_modules? Then run the same command again, or "npm ci" to see all that it says.\n`,
  );
  process.exitCode = 1;
}

async function installOnce() {
  let stopWaiting;
  while (!isInstalled()) {
    if (takeLock()) {
      stopWaiting?.();
      try {
        await install();
      } finally {
        rmSync(lock, { force: true });
      }
      return;
    }
    stopWaiting ??= showProgress(() => 'Another npm script is installing the packages: waiting for it');
    await pause(200);
  }
  stopWaiting?.();
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => process.exit(code));
}
await installOnce();
