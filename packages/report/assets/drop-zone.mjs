/**
 * Marks an element while something is dragged over the page, and hands over what is dropped.
 * @param {HTMLElement} zone @param {(data: DataTransfer | null) => void} take
 */
export function whenDropped(zone, take) {
  addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('over');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    take(event.dataTransfer);
  });
}
