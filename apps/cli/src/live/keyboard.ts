/**
 * What a watcher types while a run goes on: a line is a note in the run's record, Ctrl-C ends the run.
 *
 * The terminal hands over each key at once and shows none, so that nothing typed falls into the picture. Signals that it
 * would have sent are sent from here.
 */
import type { ReadStream } from 'node:tty';

/** What keys mean. */
export interface KeyListener {
  /** The text of the note that is being typed. */
  readonly onTyping: (text: string) => void;
  /** Enter was pressed after some text. */
  readonly onNote: (text: string) => void;
  readonly onInterrupt: () => void;
  readonly onQuit: () => void;
  readonly onSuspend: () => void;
}

/** What has been typed so far, and what a chunk of keys makes of it. */
export interface Typed {
  readonly text: string;
  readonly meanings: readonly ('interrupt' | 'quit' | 'suspend' | { readonly note: string })[];
}

const noteLengthMax = 500;
const controls = new Map<string, 'interrupt' | 'quit' | 'suspend'>([
  ['\u0003', 'interrupt'],
  ['\u001c', 'quit'],
  ['\u001a', 'suspend'],
]);

/** Reads keys: printable characters add to the text, backspace takes the last one, escape clears, Enter makes a note. */
export function typeKeys(before: string, keys: string): Typed {
  const meanings: Typed['meanings'][number][] = [];
  let text = before;
  // Arrow keys and their like are sequences that mean nothing here; a lone escape clears.
  // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
  const plain = keys.replaceAll(/\u001b(?:\[[\d;]*[ -/]*[@-~]|O.)/g, '');
  for (const key of plain) {
    const control = controls.get(key);
    if (control !== undefined) meanings.push(control);
    else if (key === '\r' || key === '\n') {
      if (text.trim() !== '') meanings.push({ note: text.trim() });
      text = '';
    } else if (key === '\u007f' || key === '\b') text = Array.from(text).slice(0, -1).join('');
    else if (key === '\u001b' || key === '\u0015') text = '';
    else if (!/\p{Cc}/u.test(key) && text.length < noteLengthMax) text += key;
  }
  return { text, meanings };
}

/** Listens to the keys of a terminal; returns the function that ends it and gives the terminal back. */
export function listenToKeys(input: ReadStream, listener: KeyListener): () => void {
  let text = '';
  const onData = (keys: string): void => {
    const typed = typeKeys(text, keys);
    text = typed.text;
    for (const meaning of typed.meanings) {
      if (meaning === 'interrupt') listener.onInterrupt();
      else if (meaning === 'quit') listener.onQuit();
      else if (meaning === 'suspend') listener.onSuspend();
      else listener.onNote(meaning.note);
    }
    listener.onTyping(text);
  };
  // The terminal may be taken away while the run goes on.
  const onError = (): void => {};
  input.setEncoding('utf8');
  input.on('data', onData).on('error', onError);
  input.setRawMode(true);
  input.resume();
  return () => {
    input.off('data', onData).off('error', onError);
    try {
      input.setRawMode(false);
    } catch {
      // It is gone.
    }
    input.pause();
  };
}
