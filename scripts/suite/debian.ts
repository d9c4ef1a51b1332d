/** The programs that the integration tests face for real, and where Debian has them. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Ended, execute } from './step.ts';

/** A program that the tests run, the Debian package that brings it, and what it is for. */
const needed = [
  { program: 'chromium', package: 'chromium', why: 'the report is opened in a real browser' },
] as const;

/** Installs what is missing, saying so. */
export async function installPackages(): Promise<Ended & { note: string }> {
  const missing = needed.filter(({ program }) => !onPath(program));
  if (missing.length === 0) return { code: 0, output: '', note: 'all there' };
  const names = missing.map((entry) => entry.package);
  const byHand = `Install ${names.join(', ')} by hand, then run npm test again.`;
  const asRoot = process.getuid?.() === 0;
  if (!onPath('apt-get') || !(asRoot || (await maySudo()))) {
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
  return onPath('sudo') && (await execute('sudo', ['-n', 'true'])).code === 0;
}

function onPath(program: string): boolean {
  // Debian keeps some programs where only root's PATH looks.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
