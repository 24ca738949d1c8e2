import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';

export const RESERVATIONS = ['reservations'];

export const useReservations = () =>
  useQuery({ queryKey: RESERVATIONS, queryFn: api.reservations.list, refetchInterval: 60_000 });
