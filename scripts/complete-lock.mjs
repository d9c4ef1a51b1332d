/**
 * Completes package-lock.json: `npm run lock`, after a dependency was added.
 *
 * Tools such as linters come as one package for each platform. When a registry mirror lacks those of other platforms,
 * npm leaves them out of the lock file, and `npm ci` then refuses the file everywhere. Their entries follow from the
 * package that lists them, all but the checksum, so they are added here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name) || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const platform = platformOf(name);
    if (platform === undefined) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platform,
      ...(entry.dev ? { dev: true } : {}),
      ...(entry.license ? { license: entry.license } : {}),
      optional: true,
      ...(entry.engines ? { engines: entry.engines } : {}),
    };
    added.push(name);
  }
}
const order = ([a], [b]) => a.localeCompare(b, 'en');
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(order));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(added.length === 0 ? 'The lock file was complete.' : `Added ${added.join(', ')}.`);

/** Whether the lock file has a package where its user would find it: beside it or further up. */
function isLocked(user, name) {
  for (let folder = user; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    if (lock.packages[`${folder && `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (!folder.includes('node_modules')) return lock.packages[`node_modules/${name}`] !== undefined;
  }
}

/** The platform that a package's name tells, as its own package.json would say it. */
function platformOf(name) {
  const match =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-|$)/.exec(
      name,
    );
  if (match === null) return undefined;
  const [, os, cpu] = match;
  const libc = name.endsWith('musl') ? 'musl' : os === 'linux' && /-gnu/.test(name) ? 'glibc' : undefined;
  return { cpu: [cpu], ...(libc ? { libc: [libc] } : {}), os: [os] };
}
