/* moves by keyboard: see below */
