using LstmOrleans.Training;

return TrainingCommand.Create().Parse(args).Invoke();
