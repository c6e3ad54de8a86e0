using LstmOrleans.Demo;

// One process: a silo with its embedded store, a trained LSTM, and recorded streams played through the stream grains.
return await DemoCommand.Run(args);
