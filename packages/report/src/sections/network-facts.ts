import { numberText } from '@tenas/base';
import type { ExportDocument } from '@tenas/records';
import { type Html, html, wellFormed } from '../html.js';
import { scaledText } from '../number-text.js';
import { facts } from '../page.js';

/** An exported network and where its file is. */
export interface NetworkFile {
  readonly document: ExportDocument;
  /** Relative to the page, or null where there is no such file. */
  readonly link: string | null;
}

function checkWords(check: ExportDocument['check']): string {
  if (check === undefined) return 'not asked for';
  if (!check.ok) return `FAILED: ${check.failure ?? 'differs from our forward pass'}`;
  return `onnxruntime ${check.ortVersion} agrees to ${numberText(check.relative)} of the largest logit`;
}

/** A link that stays on this machine: each part of the path is escaped, so that no part can be a scheme. */
export function relativeLink(path: string): string {
  const parts = wellFormed(path).split(/[\\/]/).map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${parts}` : `./${parts}`;
}

/** The network as it was exported. */
export function networkFacts(files: readonly NetworkFile[]): Html | null {
  if (files.length === 0) return null;
  return html`<h3>As a network to train</h3>${files.map(({ document, link }) => {
    const { out, params, flops, opset, bytes, weights, check } = document;
    const size = `opset ${opset}, ${scaledText(bytes)}B`;
    return html`<div class="card">${facts([
      [
        'ONNX',
        link === null
          ? html`<code>${out}</code> (${size})`
          : html`<a href="${relativeLink(link)}">${out}</a> (${size})`,
      ],
      ['size', `${scaledText(params)} parameters, ${scaledText(flops)} multiply-adds an image`],
      ['weights', weights],
      ['check', checkWords(check)],
    ])}</div>`;
  })}`;
}
