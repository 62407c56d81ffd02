WITH page AS MATERIALIZED (
  SELECT id, person_id, station_id, visited_on, mode, minutes, remark FROM visits
  WHERE station_id = (SELECT id FROM stations WHERE code = ?)
    AND visited_on BETWEEN ? AND ? AND (visited_on, id) < (?, ?)
  ORDER BY visited_on DESC, id DESC LIMIT 51)
SELECT json_object('visits', json_object(
  'pageInfo', json_object('hasNextPage',
    json(iif((SELECT count(*) FROM page) > 50, 'true', 'false'))),
  'nodes', json((
    SELECT json_group_array(json_object(
      'id', hex(v.id), 'visitedOn', v.visited_on, 'mode', v.mode, 'minutes', v.minutes,
      'remark', hex(v.remark), 'station', json_object('name', s.name),
      'person', json_object('name', p.name))
      ORDER BY v.visited_on DESC, v.id DESC)
    FROM (SELECT * FROM page LIMIT 50) v
    JOIN stations s ON s.id = v.station_id JOIN persons p ON p.id = v.person_id))))
