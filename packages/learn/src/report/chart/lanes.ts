/** The lanes above and below the curves: faults, the states of circuit breakers, moments. */

import type { Band, BreakerBands } from '../../analysis/breaker-bands.ts';
import { faultName } from '../../analysis/experiment-findings.ts';
import { union } from '../../analysis/load-bins.ts';
import { placeName } from '../../analysis/policy-vocabulary.ts';
import type { Moment } from '../../analysis/moments.ts';
import type { ExperimentTrace } from '../../analysis/run.ts';
import { html, type Markup } from '../../text/html.ts';
import { plain } from '../../text/plain.ts';
import { panelTitle, titleHeight } from './axis.ts';
import type { Frame, Panel } from './frame.ts';
import { coordinate } from './path.ts';

const laneHeight = 20;
/** The width of a letter in a wide font. */
const letter = 7;
/** A picture shows so many lanes of a kind; the tables have the rest. */
const lanesMax = 8;

/** One bar for each fault, its name within it. */
export function faultLane(frame: Frame, top: number, trace: ExperimentTrace): Panel {
  const faults = trace.faults.filter((fault) => fault.injected).slice(0, lanesMax);
  return {
    height: faults.length * laneHeight,
    markup: html`${faults.map((fault, index) => {
      const y = top + index * laneHeight;
      const [from, to] = [frame.x(fault.from), frame.x(fault.to)];
      const width = Math.max(2, to - from);
      const name = faultName(fault);
      const fits = plain(name).length * letter + 14 < width;
      // Words that do not fit into the bar stand beside it, on the side where there is more room.
      const [leftRoom, rightRoom] = [from - 8, frame.right - to - 8];
      const before = !fits && leftRoom > rightRoom;
      const room = before ? leftRoom : rightRoom;
      const words = fits ? name : plain(name, Math.max(3, Math.floor(room / letter)));
      const x = before ? from - 6 : (fits ? from : to) + 6;
      return html`<rect class="fault-bar" x="${coordinate(from)}" y="${y + 1}" width="${coordinate(width)}" height="${laneHeight - 4}" rx="2"/><text class="${fits ? 'fault-words inside' : 'fault-words'}" text-anchor="${before ? 'end' : 'start'}" x="${coordinate(x)}" y="${y + 13}">${words}</text>`;
    })}`,
  };
}

/** The time in which faults were on, shaded through all panels. */
export function faultShades(frame: Frame, top: number, bottom: number, trace: ExperimentTrace): Markup {
  const faults = union(trace.faults.filter((fault) => fault.injected));
  return html`${faults.map(({ from, to }) => {
    const [left, right] = [frame.x(from), frame.x(to)];
    return html`<rect class="fault-shade" x="${coordinate(left)}" y="${coordinate(top)}" width="${coordinate(Math.max(1, right - left))}" height="${coordinate(bottom - top)}"/><path class="fault-edge" d="M${coordinate(left)} ${coordinate(top)}V${coordinate(bottom)}M${coordinate(right)} ${coordinate(top)}V${coordinate(bottom)}"/>`;
  })}`;
}

/** The breakers of an experiment that were not closed all the time. */
export function activeBreakers(breakers: readonly BreakerBands[]): BreakerBands[] {
  return breakers.filter(({ bands }) =>
    bands.some((band) => band.state !== 'closed' && band.state !== 'down'),
  );
}

/** One lane for each circuit breaker that moved. Height, hatching and words tell the states apart, not colour alone. */
export function breakerLanes(frame: Frame, top: number, breakers: readonly BreakerBands[]): Panel {
  const shown = activeBreakers(breakers).slice(0, lanesMax);
  if (shown.length === 0) return { height: 0, markup: html`` };
  const each = laneHeight + 14;
  return {
    height: titleHeight + shown.length * each,
    markup: html`${panelTitle(frame, top, 'Circuit breakers', [])}${shown.map((breaker, index) => {
      const y = top + titleHeight + index * each;
      const name = plain(placeName(breaker), 50);
      return html`<text class="lane-name" x="${frame.left}" y="${y + 8}">${name}</text>${breaker.bands.map(
        (band) => bandMark(frame, y + 14, band),
      )}`;
    })}`,
  };
}

function bandMark(frame: Frame, y: number, band: Band): Markup {
  const [from, to] = [frame.x(band.from), frame.x(band.to)];
  const width = Math.max(1.5, to - from);
  const x = coordinate(from);
  const centre = y + 7;
  const title = html`<title>${band.state}</title>`;
  if (band.state === 'closed' || band.state === 'disabled' || band.state === 'observing') {
    return html`<path class="band closed" d="M${x} ${centre}H${coordinate(to)}">${title}</path>`;
  }
  if (band.state === 'down') {
    return html`<path class="band down" d="M${x} ${centre}H${coordinate(to)}">${title}</path>`;
  }
  const words =
    width > band.state.length * 6.4 + 8 &&
    html`<text class="band-words" x="${coordinate(from + 5)}" y="${y + 11}">${band.state}</text>`;
  if (band.state === 'open' || band.state === 'isolated') {
    return html`<rect class="band open" x="${x}" y="${y}" width="${coordinate(width)}" height="14" rx="1.5">${title}</rect>${words}`;
  }
  return html`<rect class="band half-open" fill="url(#${frame.id}-hatch)" x="${x}" y="${y}" width="${coordinate(width)}" height="14" rx="1.5">${title}</rect>`;
}

/** A numbered mark for each moment; the numbers are those of the table of moments. */
export function momentLane(frame: Frame, top: number, moments: readonly Moment[]): Panel {
  let lastX = Number.NEGATIVE_INFINITY;
  const marks = moments.map((moment, index) => {
    const x = frame.x(Math.min(frame.span.to, Math.max(frame.span.from, moment.at)));
    const roomy = x - lastX > 15;
    if (roomy) lastX = x;
    const number =
      roomy &&
      html`<text class="moment-number" text-anchor="middle" x="${coordinate(x)}" y="${top + 20}">${index + 1}</text>`;
    return html`<path class="${moment.kind === 'aborted' ? 'moment aborted' : 'moment'}" d="M${coordinate(x)} ${top}v8"><title>${index + 1}. ${moment.text}</title></path>${number}`;
  });
  return { height: moments.length === 0 ? 0 : 26, markup: html`${marks}` };
}
