import { expect, test } from "vitest";
import { rounded } from "../src/station/ui/place";

const at = (latitude: number, longitude: number, accuracy: number) =>
  rounded({ latitude, longitude, accuracy } as GeolocationCoordinates);

test("a place is known to about 100 m, and never told as nearer than it is", () => {
  expect(at(35.2158764, 113.2417423, 4.2)).toEqual({ north: 35.216, east: 113.242, within: 100 });
  expect(at(35.2158764, 113.2417423, 101)).toEqual({ north: 35.216, east: 113.242, within: 200 });
  expect(at(35.2164999, 112.9996, 2500)).toEqual({ north: 35.216, east: 113, within: 2500 });
});
