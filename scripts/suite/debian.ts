/** The programs that the integration tests face for real, and where Debian has them. */
import { findProgram } from './find-program.ts';
import { type Ended, execute } from './step.ts';

/** A program that the tests run, the Debian package that brings it, and what it is for. */
const needed = [
  { program: 'chromium', package: 'chromium', why: 'the report is opened in a real browser' },
  { program: 'redis-server', package: 'redis-server', why: 'stores are tried on a real Redis' },
  { program: 'initdb', package: 'postgresql', why: 'stores are tried on a real PostgreSQL' },
] as const;

/** Installs what is missing of everything that the tests run, or of the programs named; says so. */
export async function installPackages(programs?: readonly string[]): Promise<Ended & { note: string }> {
  const missing = needed
    .filter(({ program }) => programs?.includes(program) ?? true)
    .filter(({ program }) => findProgram(program) === undefined);
  if (missing.length === 0) return { code: 0, output: '', note: 'all there' };
  const names = missing.map((entry) => entry.package);
  const byHand = `Install ${names.join(', ')} by hand, then run this again.`;
  const asRoot = process.getuid?.() === 0;
  if (findProgram('apt-get') === undefined || !(asRoot || (await maySudo()))) {
    const why = missing.map((entry) => `${entry.program} is missing: ${entry.why}.`);
    return { code: 1, output: [...why, byHand].join('\n'), note: '' };
  }
  for (const entry of missing) console.log(`  installing the Debian package ${entry.package}: ${entry.why}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    asRoot ? execute('apt-get', args, false, env) : execute('sudo', ['-n', 'apt-get', ...args], false, env);
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...names];
  let ended = await apt('update', '--quiet');
  if (ended.code === 0) ended = await apt(...install);
  return {
    code: ended.code,
    output: ended.code === 0 ? '' : `${ended.output.trimEnd()}\n${byHand}`,
    note: `installed ${names.join(', ')}`,
  };
}

/** Whether sudo works without asking for a password. */
async function maySudo(): Promise<boolean> {
  return findProgram('sudo') !== undefined && (await execute('sudo', ['-n', 'true'])).code === 0;
}
