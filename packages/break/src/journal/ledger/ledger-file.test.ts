import { describe, expect, it } from 'vitest';
import { parseLedger } from './entry.ts';
import { writeLedger } from './ledger-file.ts';

/** A file in memory whose disk is full after `room` more characters. */
function fileWithRoom(room: number) {
  const state = { text: '', syncedLength: 0, room, open: true };
  const handle = {
    async appendFile(text: string) {
      const taken = text.slice(0, state.room);
      state.text += taken;
      state.room -= taken.length;
      if (taken.length < text.length) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
    async datasync() {
      state.syncedLength = state.text.length;
    },
    async close() {
      state.open = false;
    },
  };
  return { state, file: writeLedger(handle) };
}

const note = (id: number) => ({ kind: 'intended', at: 1, id, owner: `fault-${id}`, steps: [] }) as const;

describe('the file of a ledger', () => {
  it('is on the disk before a durable line is said to be there', async () => {
    const { state, file } = fileWithRoom(10_000);
    await file.append(note(1), true);
    expect(state.syncedLength).toBe(state.text.length);
    await file.append({ kind: 'struck', at: 2, id: 1 }, false);
    expect(state.syncedLength).toBeLessThan(state.text.length);
  });

  it('is legible after a full disk cut off a line', async () => {
    const { state, file } = fileWithRoom(100);
    await file.append(note(1), true);
    await expect(file.append(note(2), true)).rejects.toMatchObject({ code: 'ENOSPC' });
    state.room = 10_000;
    await file.append(note(3), true);
    expect(parseLedger(state.text).open.map(({ id }) => id)).toEqual([3, 1]);
  });

  it('has the lines in the order in which they were given, and is closed after them', async () => {
    const { state, file } = fileWithRoom(10_000);
    const appended = [1, 2, 3].map((id) => file.append(note(id), id === 2));
    await file.close();
    await Promise.all(appended);
    expect(parseLedger(state.text).open.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(state.open).toBe(false);
  });
});
