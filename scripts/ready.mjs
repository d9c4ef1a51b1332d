/**
 * The door of `npm start`, `npm test` and `npm run servers`: makes a fresh clone ready, then hands over to the pinned Node.
 *
 * Plain JavaScript without dependencies, since it runs before anything is installed, on whatever Node >= 20 the
 * machine has. Everything behind it runs on the Node of package.json's devDependencies.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const pinnedNode =
  process.platform === 'win32' ? join(root, 'node_modules', 'node', 'bin', 'node.exe') : join(bin, 'node');
const tasks = Object.fromEntries(
  ['start', 'test', 'servers'].map((name) => [name, join(root, 'scripts', `${name}.ts`)]),
);

/** The child that runs now, and the signal by which we were asked to end. */
let child;
let endedBy;

const [task = '', ...rest] = process.argv.slice(2);
const script = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
if (script === undefined) {
  fail(`Expected one of ${Object.keys(tasks).join(', ')}, got "${task}".`, 2);
}
if (Number.parseInt(process.versions.node, 10) < 20) {
  fail(`Seaworthy's workspace needs Node 20 or newer to begin with; this is ${process.versions.node}.`, 2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endedBy ??= signal;
    child?.kill(signal);
  });
}
endWithParent();
await install();
process.exitCode = await run(pinnedNode, ['--conditions=@seaworthy/source', script, ...rest], 'ipc');

/** Installs the dependencies, unless they are those of package-lock.json already. */
async function install() {
  const state = installed();
  if (state === 'ready') return;
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  // `npm ci` begins by removing what is there; with something there, `npm install` keeps it when the network is away.
  const command = state === 'missing' ? ['ci'] : ['install', '--no-save'];
  const why = state === 'missing' ? 'not installed yet' : 'not those of package-lock.json';
  console.log(`The dependencies are ${why}: running npm ${command.join(' ')} (a minute or so, once).`);
  const code = await npm(...command, ...quietly);
  if (endedBy !== undefined) process.exit(exitCode(null, endedBy));
  if (code !== 0) {
    const mend =
      `npm ${command[0]} ended with code ${code}; what it said is above. It needs the npm registry, once: check the ` +
      'network or the proxy (npm config get registry), then run the same command again.';
    if (state === 'missing' || !existsSync(pinnedNode)) fail(mend, 2);
    console.error(`${mend}\nGoing on with the dependencies that are installed, which may be too old.`);
  }
  if (!existsSync(pinnedNode)) {
    fail(
      'The pinned Node was not installed, since its install script did not run: check that `npm config get ' +
        'ignore-scripts` says false, then run the same command again.',
      2,
    );
  }
}

/** Whether node_modules is what package-lock.json says. npm writes node_modules/.package-lock.json last. */
function installed() {
  const wanted = join(root, 'package-lock.json');
  const present = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(present) || !existsSync(pinnedNode)) return 'missing';
  if (statSync(present).mtimeMs >= statSync(wanted).mtimeMs) return 'ready';
  // A checkout gives the file a new date without a new content, so a newer date alone proves nothing.
  const has = JSON.parse(readFileSync(present, 'utf8')).packages;
  const wants = Object.entries(JSON.parse(readFileSync(wanted, 'utf8')).packages);
  const same = wants.every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    if (has[path] === undefined) return entry.optional === true || entry.peer === true;
    return has[path].version === entry.version && has[path].resolved === entry.resolved;
  });
  return same ? 'ready' : 'outdated';
}

/** Runs the npm that runs us, or the one on the PATH. */
function npm(...args) {
  const own = process.env.npm_execpath;
  return own?.endsWith('.js') ? run(process.execPath, [own, ...args]) : run('npm', args);
}

/** Runs a program in the foreground; gives its exit code. */
function run(command, args, channel) {
  return new Promise((resolve) => {
    child = spawn(command, args, {
      cwd: root,
      // The channel tells the child when we are gone, even by SIGKILL, so that it undoes what it did.
      stdio: ['inherit', 'inherit', 'inherit', ...(channel ? [channel] : [])],
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
      shell: process.platform === 'win32' && command === 'npm',
    });
    child.on('error', (error) => fail(`Could not run ${command}: ${error.message}`, 2));
    child.on('exit', (code, signal) => {
      child = undefined;
      if (signal !== null) restoreTerminal();
      resolve(exitCode(code, signal));
    });
  });
}

/** npm may be killed without a word to us; then what we run must end, too. */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    endedBy ??= 'SIGTERM';
    child?.kill('SIGTERM');
  }, 500);
  timer.unref();
}

/** A child that was killed could not give the terminal back as it was. */
function restoreTerminal() {
  if (!process.stdout.isTTY || !process.stdin.isTTY) return;
  process.stdout.write('\u001b[?25h\n');
  spawnSync('stty', ['sane'], { stdio: 'inherit' });
}

/** A shell's exit code: 128 and the signal's number, for what a signal ended. */
function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
