/**
 * A run comes in, one self-contained HTML file goes out: it needs no network and no other file, and can be read without scripts.
 * Templates escape whatever a user or a task wrote, and the content security policy of the page loads nothing else.
 */
import { hash } from 'node:crypto';
import { graphSection } from './graph-section.ts';
import { failureSection } from './failure-section.ts';
import { headSection } from './head-section.ts';
import { logSection } from './log-section.ts';
import { html, Markup } from './markup.ts';
import type { ReportedRun } from '../../views/reported-run.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { taskSection } from './task-section.ts';
import { timelineSection } from './timeline-section.ts';

const POLICY = [
  "default-src 'none'",
  `style-src '${digestOf(STYLE)}'`,
  `script-src '${digestOf(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function pageOf(run: ReportedRun): string {
  const { pipeline, runId, status } = run.record;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="dp" />
        <title>${pipeline} ${status}: run ${runId}</title>
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        ${headSection(run)}
        <main>
          ${failureSection(run)} ${graphSection(run)} ${timelineSection(run)} ${taskSection(run)}
          ${logSection(run)}
        </main>
        ${new Markup(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `.text;
}

function digestOf(text: string): string {
  return `sha256-${hash('sha256', text, 'base64')}`;
}
