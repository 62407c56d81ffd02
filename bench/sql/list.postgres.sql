WITH page AS MATERIALIZED (
  SELECT id, person_id, station_id, visited_on, mode, minutes, remark FROM visits
  WHERE station_id = (SELECT id FROM stations WHERE code = $1)
    AND visited_on BETWEEN $2 AND $3 AND (visited_on, id) < ($4, $5)
  ORDER BY visited_on DESC, id DESC LIMIT 51)
SELECT json_build_object('visits', json_build_object(
  'pageInfo', json_build_object('hasNextPage', (SELECT count(*) > 50 FROM page)),
  'nodes', (
    SELECT coalesce(json_agg(json_build_object(
      'id', v.id, 'visitedOn', v.visited_on, 'mode', v.mode, 'minutes', v.minutes,
      'remark', encode(v.remark, 'hex'), 'station', json_build_object('name', s.name),
      'person', json_build_object('name', p.name))
      ORDER BY v.visited_on DESC, v.id DESC), '[]'::json)
    FROM (SELECT * FROM page ORDER BY visited_on DESC, id DESC LIMIT 50) v
    JOIN stations s ON s.id = v.station_id JOIN persons p ON p.id = v.person_id)))::text
