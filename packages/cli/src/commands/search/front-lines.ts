import { kneesOf, numberText } from '@tenas/base';
import { type CompleteSearch, minimisedValues } from '@tenas/records';

/** Knees that people see; the report and the record have all. */
const MOST_KNEES = 5;

/** The front of a search for people: how many architectures it has, the best by each objective, and the knees. */
export function frontLines({ front = [], objectives = [] }: CompleteSearch): string[] {
  if (front.length === 0) return [];
  const points = front.map((member) => minimisedValues(member, objectives));
  const line = (label: string, place: number): string => {
    const { architecture, values } = front[place]!;
    const shown = objectives.map(({ name }) => `${name} ${numberText(values[name]!, 4)}`);
    return `        ${label}: ${shown.join(', ')}: ${architecture}`;
  };
  const ends = objectives.map(({ name }, at) => {
    const column = points.map((point) => point[at]!);
    return line(`best ${name}`, column.indexOf(column.reduce((a, b) => Math.min(a, b))));
  });
  const knees = kneesOf(points);
  const more = knees.length - MOST_KNEES;
  return [
    `front   ${front.length === 1 ? '1 architecture' : `${front.length} architectures`}`,
    ...ends,
    ...knees.slice(0, MOST_KNEES).map((place) => line('knee', place)),
    ...(more > 0 ? [`        ${more} more knees in the report`] : []),
  ];
}
