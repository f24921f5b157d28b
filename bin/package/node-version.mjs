// The library is imported after this module, so a Node that is too old says so before anything else can fail.
const NEEDED = 26;

if (Number.parseInt(process.versions.node) < NEEDED)
  throw new Error(
    `the library dp needs Node ${NEEDED} or later, and this is Node ${process.versions.node}; ` +
      'run the program with a newer Node (the command `npx dp` brings its own)',
  );
