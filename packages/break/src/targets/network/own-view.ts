import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool } from './run-tool.ts';

/** How services are shown files of their own in the place of the machine's, by a mount namespace. */
export interface OwnView {
  /** Writes the files of a service, which then looks up names at this address. */
  write(service: string, nameServer: string): Promise<void>;
  /** What a command begins with, to see them. */
  enter(service: string): readonly string[];
}

/** Lays each file that the machine has, too, over the machine's; `$0` is the folder. The mounts end with the process. */
const mounting =
  'for name in resolv.conf nsswitch.conf; do ' +
  '[ ! -e "/etc/$name" ] || mount --bind "$0/$name" "/etc/$name" || exit 1; done; exec "$@"';

/** @throws NetworkRightError `TOOL_MISSING` */
export async function ownView(folder: string): Promise<OwnView> {
  const unshare = findTool('unshare');
  findTool('mount');
  return {
    async write(service, nameServer) {
      const own = join(folder, service);
      await mkdir(own, { recursive: true });
      await writeFile(join(own, 'resolv.conf'), `nameserver ${nameServer}\n`);
      // No daemon of the machine answers for names.
      await writeFile(join(own, 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
    },
    enter: (service) => [unshare, '--mount', '--', '/bin/sh', '-c', mounting, join(folder, service)],
  };
}
