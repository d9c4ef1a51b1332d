import { glob } from '../glob.ts';
import type { Attributes, ToxicAttribute } from '../toxic.ts';
import type { MessageHead } from './framer.ts';

/** The attributes by which a toxic chooses requests; each that is left empty matches all. */
export const matchAttributes: readonly ToxicAttribute[] = [
  { name: 'method', type: 'string', default: '', summary: 'the method, such as POST' },
  { name: 'path', type: 'string', default: '', summary: 'the path without the query; * stands for any text' },
  {
    name: 'header',
    type: 'string',
    default: '',
    summary: 'a header as "name" or "name: value"; * stands for any text',
  },
  {
    name: 'first',
    type: 'int64',
    default: 0,
    summary: 'how many matching requests are hit before it stops; 0 is all',
  },
];

/** Whether a request is one of those that the attributes choose; `first` is not looked at. */
export function matches(attributes: Attributes, head: MessageHead): boolean {
  const method = String(attributes['method']);
  if (method !== '' && method.toUpperCase() !== head.method) return false;
  const path = String(attributes['path']);
  if (path !== '' && !glob(path, head.path)) return false;
  const [name = '', ...value] = String(attributes['header']).split(':');
  if (name === '') return true;
  const values = head.header(name.trim().toLowerCase());
  return value.length === 0 ? values.length > 0 : values.some((one) => glob(value.join(':').trim(), one));
}
