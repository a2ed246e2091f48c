"""What organizers need to see: what is sold, held, left and given back, and who comes."""
