/** As much of XML 1.0 as reports are written in, read strictly: anything else is an error. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const TAG = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/y;
/** What XML 1.0 has no way to write. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

export function parseXml(xml: string): Element {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(head)) throw new Error('no XML declaration');
  if (FORBIDDEN.test(xml)) throw new Error('a character that XML does not have');
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  for (let at = head.length; at < xml.length;) {
    const end = xml.indexOf('<', at);
    const text = xml.slice(at, end === -1 ? undefined : end);
    open.at(-1)!.text += unescaped(text);
    if (end === -1) break;
    TAG.lastIndex = end;
    const [tag, closes, name = '', attributes = '', isEmpty] = TAG.exec(xml) ?? [];
    if (tag === undefined) throw new Error(`no tag: ${xml.slice(end, end + 40)}`);
    if (closes === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    } else {
      const element = { name, attributes: attributesIn(attributes), children: [], text: '' };
      open.at(-1)!.children.push(element);
      if (isEmpty === '') open.push(element);
    }
    at = end + tag.length;
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one whole element');
  return root.children[0]!;
}

function attributesIn(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/ ([a-z]+)="([^"]*)"/g)];
  const found = Object.fromEntries(
    pairs.map(([, key = '', value = '']) => [key, unescaped(value)]),
  );
  if (Object.keys(found).length < pairs.length) throw new Error(`twice the same: ${text}`);
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#9;': '\t',
  '&#10;': '\n',
};

const unescaped = (text: string): string =>
  text.replaceAll(/&[^;]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`no such entity: ${entity}`);
    return character;
  });
