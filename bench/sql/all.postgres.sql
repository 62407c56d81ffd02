SELECT json_build_object('stations', json_build_object('nodes', json_agg(json_build_object(
  'id', s.id, 'code', s.code, 'name', s.name,
  'visits', json_build_object('nodes', coalesce(v.nodes, '[]'::json))) ORDER BY s.code)))::text
FROM stations s
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_object(
    'id', v.id, 'visitedOn', v.visited_on, 'mode', v.mode, 'minutes', v.minutes,
    'remark', encode(v.remark, 'hex'),
    'person', json_build_object('id', p.id, 'name', p.name, 'sex', p.sex,
      'birthDate', p.birth_date, 'newestAssessment', a.newest))
    ORDER BY v.visited_on DESC, v.id DESC) AS nodes
  FROM (SELECT id, person_id, visited_on, mode, minutes, remark FROM visits
        WHERE station_id = s.id ORDER BY visited_on DESC, id DESC LIMIT 20) v
  JOIN persons p ON p.id = v.person_id
  LEFT JOIN LATERAL (
    SELECT json_build_object('id', a.id, 'assessedOn', a.assessed_on, 'score', a.score,
      'level', a.level) AS newest
    FROM assessments a WHERE a.person_id = p.id
    ORDER BY a.assessed_on DESC, a.id DESC LIMIT 1) a ON true) v ON true
