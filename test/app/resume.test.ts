import { expect, test } from 'vitest';
import { takeUpPlanned } from '../../src/app/running/resume.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import { ended, resumed } from '../store/samples.ts';
import { Home } from './home.ts';
import { actingBefore } from './moving-world.ts';

test('a run that another process has resumed and ended while this one planned it is left alone', async () => {
  using home = new Home();
  const { open } = home;
  await home.run('a', ['x'], { how: 'failed' });
  const store = actingBefore(open.store, 'acquire', () => {
    open.store.acquire('a', thisProcess());
    open.store.append('a', [resumed('a', thisProcess()), ended('a')]);
    open.store.release('a');
  });
  const resuming = takeUpPlanned({ ...open, store }, 'a', thisProcess());
  await expect(resuming).rejects.toMatchObject({ code: 'DP6008' });
  expect(open.store.get('a')?.status).toBe('succeeded');
  expect(open.store.holder('a')).toBeUndefined();
});
