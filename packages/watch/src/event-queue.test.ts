import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

test('it keeps the newest, in order, and counts what it gave up', () => {
  const action = fc.oneof(fc.constant('push' as const), fc.constant('take' as const));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(action, { maxLength: 60 }), (capacity, actions) => {
      const queue = new EventQueue<number>(capacity);
      const model: number[] = [];
      let dropped = 0;
      for (const [number, act] of actions.entries()) {
        if (act === 'take') {
          expect(queue.take()).toBe(model.shift());
        } else {
          queue.push(number);
          model.push(number);
          if (model.length > capacity) {
            model.shift();
            dropped += 1;
          }
        }
        expect(queue.size).toBe(model.length);
      }
      expect(queue.takeDropped()).toBe(dropped);
      expect(queue.takeDropped()).toBe(0);
    }),
  );
});
