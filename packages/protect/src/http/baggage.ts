/** Criticality as a member of W3C `baggage`: `criticality=SHEDDABLE`. */
import { type Criticality, criticalityLevels } from '../kernel/criticality.ts';

/** No header of ours is longer; W3C Baggage has no one pass on more than that. */
const lengthMax = 8_192;

/** The baggage with this criticality in it, in the place of any other; one that is too long stays as it is. */
export function withCriticality(baggage: string | undefined, criticality: string): string {
  if (baggage !== undefined && baggage.length > lengthMax) return baggage;
  const others = membersOf(baggage).filter((member) => nameOf(member) !== 'criticality');
  return [...others, `criticality=${encodeURIComponent(criticality)}`].join(',');
}

/** The criticality in a baggage; `undefined` where there is none, or none of the four. */
export function criticalityOf(baggage: string | undefined): Criticality | undefined {
  const member = membersOf(baggage).find((candidate) => nameOf(candidate) === 'criticality');
  const value = member?.slice(member.indexOf('=') + 1).split(';', 1)[0];
  return criticalityLevels.find((level) => level === value?.trim());
}

function membersOf(baggage: string | undefined): string[] {
  if (baggage === undefined || baggage.length > lengthMax) return [];
  return baggage
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member.includes('='));
}

function nameOf(member: string): string {
  return member.slice(0, member.indexOf('=')).trim();
}
