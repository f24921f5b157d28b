/** `port`, except that `act` happens just before the first call of `verb`: another process got its turn there. */
export function actingBefore<Port extends object>(
  port: Port,
  verb: keyof Port,
  act: () => unknown,
): Port {
  let isFirst = true;
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const call = (): unknown => Reflect.apply(value, target, args);
        if (name !== verb || !isFirst) return call();
        isFirst = false;
        const acting = act();
        return acting instanceof Promise ? acting.then(call) : call();
      };
    },
  });
}
