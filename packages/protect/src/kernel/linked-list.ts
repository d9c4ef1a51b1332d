/** What can stand in a list: it holds its own links, so that joining and leaving are a few writes. */
export interface Linked {
  /** The list that holds it; set by the list, as are its neighbours. */
  list: LinkedList<Linked> | undefined;
  previous: Linked | undefined;
  next: Linked | undefined;
}

/** A doubly linked list. */
export class LinkedList<Item extends Linked> {
  size = 0;
  head: Item | undefined;
  tail: Item | undefined;

  push(item: Item): void {
    item.list = this as unknown as LinkedList<Linked>;
    item.previous = this.tail;
    if (this.tail === undefined) this.head = item;
    else this.tail.next = item;
    this.tail = item;
    this.size++;
  }

  /** Takes an item out, if it is in this list. */
  remove(item: Item): void {
    if (item.list !== (this as unknown)) return;
    const { previous, next } = item;
    if (previous === undefined) this.head = next as Item | undefined;
    else previous.next = next;
    if (next === undefined) this.tail = previous as Item | undefined;
    else next.previous = previous;
    item.list = item.previous = item.next = undefined;
    this.size--;
  }

  /** Takes out the one that came first. */
  shift(): Item | undefined {
    return this.#taken(this.head);
  }

  /** Takes out the one that came last. */
  pop(): Item | undefined {
    return this.#taken(this.tail);
  }

  #taken(item: Item | undefined): Item | undefined {
    if (item !== undefined) this.remove(item);
    return item;
  }
}
